"""What a second worker gains: the census on a Dask cluster of one worker, and of two, each with one thread.

    python tests/bench/scaling.py [--orders N] [--files N]

Measured are the steps that workers do (reading the files, folding the orders) and the whole run, which waits for Prefect too.
Scheduler, server and workers run on this machine: it needs two cores, and something over for the rest.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import duckdb
from run import PROJECT, generated

sys.path.append(str(PROJECT))

from tests.dask_cluster import Cluster, environment, prefect_server

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
    raw = generated(data, orders=orders, files=files, orders_a_shop=orders_a_shop)
    for path in raw.rglob("*.csv"):  # both read them from memory
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 24):
                pass
    found = {}
    with tempfile.TemporaryDirectory(prefix="scaling-", dir=data) as work, ExitStack() as stack:
        env = environment(Path(work), PREFECT_API_URL=(api := prefect_server(Path(work), stack)))
        for workers in (1, 2):
            with ExitStack() as for_now:
                folder = Path(work) / str(workers)
                folder.mkdir()
                cluster = Cluster(folder, for_now)
                for _ in range(workers):
                    cluster.add_worker(PREFECT_API_URL=api)
                for name, delivered in (("first", PROJECT / "data" / "raw"), ("warehouse", raw)):  # workers begin with a little
                    warehouse = folder / name
                    where = ["--raw", str(delivered), "--warehouse", str(warehouse)]
                    command = [*census, "run", "--runner", "dask", "--address", cluster.address, *where]
                    begun = time.perf_counter()
                    subprocess.run(command, check=True, env=env, cwd=PROJECT, stdout=subprocess.DEVNULL)
                    seconds = time.perf_counter() - begun
            told = duckdb.read_parquet(str(warehouse / "current" / "run.parquet")).project("timings").fetchall()[0][0]
            timings: dict[str, float] = json.loads(told)
            of_workers = sum(timings[name] for name in DONE_BY_WORKERS)
            found[workers] = {name: timings[name] for name in DONE_BY_WORKERS} | {"workers": of_workers, "run": seconds}
            print(f"{workers} workers: {json.dumps(found[workers])}", file=sys.stderr)
    return found


if __name__ == "__main__":
    main()
