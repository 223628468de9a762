"""Some kills with every `make test`, more with .ci/run; kill.py makes as many as it is asked for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


def soak(kills: int, fresh: int) -> str:
    """Runs kill.py, which must find nothing wrong; what it says is shown where it does."""
    command = [sys.executable, str(Path(__file__).with_name("kill.py")), f"--kills={kills}", f"--fresh={fresh}"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_some_kills() -> None:
    assert "8 kills" in soak(8, 8)


@pytest.mark.slow
def test_more_kills() -> None:
    said = soak(40, 8)
    for moment in ("before the switch", "after the switch"):
        assert re.search(rf"[(, ][0-9]+ {moment}", said), said
