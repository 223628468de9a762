"""A Dask cluster of processes on this machine: for the tests of a run on it, and for measuring one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from tests import waiting

PATIENCE = 120
"""Seconds that anything may take."""
wait = partial(waiting.wait, seconds=PATIENCE)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """This process's variables without settings of the census and Prefect, whose home is in a folder."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "CENSUS_"))}
    return {**clean, "PREFECT_HOME": str(folder / "home"), "DO_NOT_TRACK": "1", **more}


@contextmanager
def started(log: Path, *command: str, inside: str | None = None, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that lasts; `inside` names its network namespace."""
    where = ["ip", "netns", "exec", inside] if inside else []
    with log.open("w") as told:
        process = subprocess.Popen(
            [*where, sys.executable, *command],
            stdout=told,
            stderr=told,
            env=environment(log.parent, **env),
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def prefect_server(folder: Path, stack: ExitStack, host: str = "127.0.0.1") -> str:
    """Starts a Prefect server; returns the address of its API."""
    port = waiting.free_port(host)
    stack.enter_context(
        started(folder / "server.log", "-m", "prefect", "server", "start", "--host", host, "--port", str(port), "--no-ui")
    )
    api = f"http://{host}:{port}/api"
    wait(lambda: _answers(f"{api}/health"))
    return api


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.read() == b"true")
    except OSError:
        return False


class Cluster:
    """A Dask scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path, stack: ExitStack, host: str = "127.0.0.1") -> None:
        self.folder, self.stack = folder, stack
        port = waiting.free_port(host)
        self.address = f"tcp://{host}:{port}"
        self.workers: list[subprocess.Popen[bytes]] = []
        log = folder / "scheduler.log"
        command = ("-m", "dask", "scheduler", "--host", host, "--port", str(port), "--no-dashboard")
        stack.enter_context(started(log, *command))
        wait(lambda: "Scheduler at" in log.read_text())

    def add_worker(self, inside: str | None = None, **env: str) -> None:
        """One more worker, of one thread; `inside` names its network namespace."""
        log = self.log(len(self.workers))
        local = self.folder / f"local-{len(self.workers)}"
        command = ("-m", "dask", "worker", self.address, "--nthreads", "1", "--memory-limit", "0", "--no-nanny", "--no-dashboard")
        worker = started(log, *command, "--local-directory", str(local), inside=inside, **env)
        self.workers.append(self.stack.enter_context(worker))
        wait(lambda: "Registered to" in log.read_text())

    def log(self, number: int) -> Path:
        """What a worker says."""
        return self.folder / f"worker-{number}.log"

    def done_by(self, number: int) -> int:
        """Tasks that a worker has finished."""
        return self.log(number).read_text().count("Finished in state Completed()")
