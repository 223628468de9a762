"""One run per warehouse. Contract 6: exit status 4, another run has the warehouse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.engine import ROOT
from flows.ledger import Locked, locked

if TYPE_CHECKING:
    from tests.conftest import Census

HOLD = "import pathlib, sys, time\nfrom flows.ledger import locked\nwith locked(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"


@contextmanager
def holding(warehouse: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds a warehouse until it is killed, at the end at the latest."""
    command, environment = [sys.executable, "-c", HOLD, str(warehouse)], os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_a_second_run_is_locked_out(tmp_path: Path) -> None:
    with locked(tmp_path / "new"), pytest.raises(Locked, match=f"process {os.getpid()}"), locked(tmp_path / "new"):
        pass


def test_the_next_run_may_have_it(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path):
            pass


def test_a_failed_run_lets_go(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), locked(tmp_path):
        raise RuntimeError
    with locked(tmp_path):
        pass


def test_two_warehouses_do_not_mind_each_other(tmp_path: Path) -> None:
    with locked(tmp_path / "a"), locked(tmp_path / "b"):
        pass


def test_a_killed_run_lets_go(tmp_path: Path) -> None:
    with holding(tmp_path) as process:
        with pytest.raises(Locked, match=rf"process {process.pid}\b"), locked(tmp_path):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
    with locked(tmp_path):
        pass


def test_the_command_says_so_and_ends_with_4(census: Census) -> None:
    census.lines("shops/a.csv", census.shop(1))
    with holding(census.warehouse) as process:
        run, forget = census("run"), census("forget", "shops/b.csv")
        assert (run.status, forget.status) == (4, 4)
        assert f"process {process.pid}" in run.err
        assert "try again" in run.err
        assert (census.current(), list(census.warehouse.glob("snapshots/*"))) == (None, [])
        assert census("status").status == 0  # looking needs no lock
    assert census("run").status == 0
