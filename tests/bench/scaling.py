"""What a second worker gains: the census on a Dask cluster of one worker, and of two, each with one thread.

    python tests/bench/scaling.py [--orders N] [--files N] [--markdown FILE]

Measured are the steps that workers do (reading the files, folding the orders) and the whole run, which waits for Prefect too.
Scheduler, server and workers run on this machine: it needs two cores, and something over for the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import duckdb
from run import PROJECT

BENCH = Path(__file__).resolve().parent
DONE_BY_WORKERS = ("read the files", "fold the orders")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", type=int, default=100_000_000, help="rows in all files (100,000,000)")
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--orders-a-shop", type=int, default=1000)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "census-bench")
    parser.add_argument("--census", default=shlex.quote(str(Path(sys.executable).with_name("census"))))
    options = parser.parse_args()
    found = scaling(options.orders, options.files, options.orders_a_shop, options.data, shlex.split(options.census))
    print(json.dumps(found, indent=1))


def scaling(orders: int, files: int, orders_a_shop: int, data: Path, census: list[str]) -> dict[int, dict[str, float]]:
    """Seconds by number of workers: of every step, `workers` (what they do) and `run` (all of it)."""
    arguments = [f"--orders={orders}", f"--files={files}", f"--orders-a-shop={orders_a_shop}", f"--data={data}"]
    made = subprocess.run([sys.executable, str(BENCH / "generate.py"), *arguments], check=True, stdout=subprocess.PIPE, text=True)
    raw = made.stdout.strip()
    for path in Path(raw).rglob("*.csv"):  # both read them from memory
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 24):
                pass
    found = {}
    with tempfile.TemporaryDirectory(prefix="scaling-", dir=data) as work, ExitStack() as stack:
        server = f"http://127.0.0.1:{(port := _free_port())}/api"
        env = {"PREFECT_HOME": work, "PREFECT_API_URL": server, "DO_NOT_TRACK": "1"}
        stack.enter_context(_started(Path(work), "server", env, "prefect", "server", "start", "--port", str(port)))
        _wait(lambda: _answers(f"{server}/health"))
        for workers in (1, 2):
            with _cluster(Path(work), workers, env) as address:
                on_cluster = [*census, "run", "--runner", "dask", "--address", address]
                for name, folder in (("first", str(PROJECT / "data" / "raw")), ("warehouse", raw)):  # workers begin with a little
                    warehouse = Path(work) / f"{name}-{workers}"
                    command = [*on_cluster, "--raw", folder, "--warehouse", str(warehouse)]
                    begun = time.perf_counter()
                    subprocess.run(command, check=True, env=_environment(env), cwd=PROJECT, stdout=subprocess.DEVNULL)
                    seconds = time.perf_counter() - begun
            told = duckdb.read_parquet(str(warehouse / "current" / "run.parquet")).project("timings").fetchall()[0][0]
            timings: dict[str, float] = json.loads(told)
            of_workers = sum(timings[name] for name in DONE_BY_WORKERS)
            found[workers] = {name: timings[name] for name in DONE_BY_WORKERS} | {"workers": of_workers, "run": seconds}
            print(f"{workers} workers: {json.dumps(found[workers])}", file=sys.stderr)
    return found


@contextmanager
def _cluster(work: Path, workers: int, env: dict[str, str]) -> Iterator[str]:
    """A scheduler and its workers; gives its address."""
    address = f"tcp://127.0.0.1:{(port := _free_port())}"
    with ExitStack() as stack:
        name = f"scheduler-{workers}"
        command = ("dask", "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        stack.enter_context(_started(work, name, env, *command))
        _wait(lambda: "Scheduler at" in (work / name).read_text())
        for number in range(workers):
            log = f"worker-{workers}-{number}"
            local = work / f"local-{workers}-{number}"
            command = (
                "dask",
                "worker",
                address,
                "--nthreads",
                "1",
                "--no-nanny",
                "--no-dashboard",
                "--local-directory",
                str(local),
            )
            stack.enter_context(_started(work, log, env, *command, "--memory-limit", "0"))
            _wait(lambda log=log: "Registered to" in (work / log).read_text())
        yield address


@contextmanager
def _started(work: Path, log: str, env: dict[str, str], *module: str) -> Iterator[None]:
    """A process of a Python module that lasts; what it says goes to a log."""
    with (work / log).open("wb") as told:
        process = subprocess.Popen([sys.executable, "-m", *module], stdout=told, stderr=told, env=_environment(env))
        try:
            yield
        finally:
            process.terminate()
            process.wait()


def _environment(env: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("CENSUS_", "PREFECT_"))} | env


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _wait(what: Callable[[], Any]) -> None:
    """Waits until something holds."""
    end = time.monotonic() + 120
    while not what():
        if time.monotonic() > end:
            sys.exit("the cluster did not begin within two minutes")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
