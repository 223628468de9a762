"""docs/analysis.py: the script that shows an analyst how to go on from the tables runs, and finds what is there."""

import csv
import subprocess
import sys
from pathlib import Path

from flows.engine import ROOT
from tests.conftest import Census


def test_the_script_runs(example: Census, tmp_path: Path) -> None:
    script = ROOT / "docs" / "analysis.py"
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script), str(example.warehouse), str(tmp_path / "out")],
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "<html" in (tmp_path / "out" / "growth.html").read_text(encoding="utf-8")
    with (tmp_path / "out" / "villages.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    has_status = example.published("village_status", rulebook="aliresearch", is_taobao_village=True)
    assert sorted((row["year"], row["village_code"]) for row in written) == [
        (str(r["year"]), r["village_code"]) for r in has_status
    ]
