"""Measure the census against a user's own unchecked script over the same orders, and check that they agree.

    python tests/bench/run.py [--orders N] [--runs N] [--only NAME...] [--peers-python PYTHON] [--markdown FILE]

README.md beside this file says what is compared and what the figures do not tell.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

# Nothing heavy is imported or kept here: a process's peak RSS as the system reports it begins with the size
# of the process that started it. So data are made and compared in processes of their own.

BENCH = Path(__file__).resolve().parent
PROJECT = BENCH.parents[1]
NAMES = ("floor", "script", "census", "again")
WHAT = {
    "floor": "typed `read_csv`, sum by shop and month, nothing else",
    "script": "a user's own script: to Parquet, newest versions, sums; no checks",
    "census": "`census run` into a new warehouse",
    "again": "`census run` again with nothing new",
}
PEERS = {
    "pandas": "pandas, columns of Arrow",
    "polars": "polars, lazy, streaming engine",
    "spark": "PySpark `local[*]`",
    "chdb": "chdb (ClickHouse in the process)",
    "dbt": "dbt-duckdb, models and tests",
}
"""The same job in other engines, by programs of `peers/`, which have an environment of their own."""
BUSY = 0.5  # a load average over this before the start is worth a warning


@dataclass(frozen=True)
class Run:
    wall: float  # seconds
    cpu: float  # seconds, user and system
    peak: float  # MiB, of all its processes together
    disk: float  # MB left behind
    spilled: float = 0  # MB, the most that was in its folder for temporary files


class Failed(SystemExit):
    """A process did not end well."""


def main() -> None:
    options = _options()
    names = [name for name in (*NAMES, *PEERS) if name in options.only]
    census = shlex.split(options.census)
    if "census" in names and not shutil.which(census[0]):
        sys.exit(f"no command {census[0]}: give --census, or --only floor script")
    data: Path = options.data.resolve()
    data.mkdir(parents=True, exist_ok=True)
    raw = generated(data, **{name: getattr(options, name) for name in ("orders", "files", "seed", "bad_share")})
    load = os.getloadavg()[0]
    if load > BUSY:
        print(f"warning: the load average is {load:.1f}: something else is running here", file=sys.stderr)

    runs: dict[str, list[Run]] = {name: [] for name in names}
    agreed: dict[str, int | str] = {}
    with tempfile.TemporaryDirectory(prefix="work-", dir=data) as work:
        for number in range(options.runs + 1):
            here = [name for name in names if name in NAMES or 1 <= number <= options.peer_runs]
            round_runs = _round(here, raw, Path(work), options, census)
            if "census" in names:
                for name in here:
                    if name in round_runs and (name == "script" or name in PEERS):
                        agreed = _compare(raw, Path(work), name)
            for name, run in round_runs.items():
                label = f"run {number}" if number else "warm-up"
                print(f"{label:8} {name:7} {run.wall:8.2f} s wall {run.cpu:8.2f} s CPU {run.peak:7.0f} MiB",
                      file=sys.stderr)  # fmt: skip
                if number:
                    runs[name].append(run)
    report = _report(runs, raw, options, load, agreed)
    print(report)
    if options.markdown:
        options.markdown.write_text(report + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", type=int, default=20_000_000, help="rows in all files (20,000,000)")
    parser.add_argument("--files", type=int, default=12, help="monthly files (12)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bad-share", type=float, default=0.0, help="share of rows to spoil, such as 0.0005")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "census-bench")
    parser.add_argument("--runs", type=int, default=3, help="measured runs of each, after a warm-up (3)")
    parser.add_argument("--memory-limit", default="4GiB", help="DuckDB's limit, for all of them (4GiB)")
    parser.add_argument("--census", default=shlex.quote(str(Path(sys.executable).with_name("census"))),
                        help="command prefix (the census beside this Python)")  # fmt: skip
    parser.add_argument("--only", nargs="+", choices=(*NAMES, *PEERS), help="measure only these (peers, where there is a Python)")
    parser.add_argument("--peers-python", type=Path, help="the Python of an environment with peers/requirements.txt")
    parser.add_argument("--peer-runs", type=int, default=1, help="measured runs of each peer, without a warm-up (1)")
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    options.only = options.only or [*NAMES, *(PEERS if options.peers_python else ())]
    if not options.peers_python and set(PEERS) & set(options.only):
        parser.error("peers need --peers-python: make bench sets it up")
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    if "again" in options.only and "census" not in options.only:
        parser.error("again needs census: it runs on its warehouse")
    return options


def generated(data: Path, **parameters: float) -> Path:
    """The raw folder of such orders, made by generate.py where it is not there."""
    told = [f"--{name.replace('_', '-')}={value}" for name, value in parameters.items()]
    command = [sys.executable, str(BENCH / "generate.py"), *told, f"--data={data}"]
    made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Path(made.stdout.strip())


def _round(names: Sequence[str], raw: Path, work: Path, options: argparse.Namespace, census: list[str]) -> dict[str, Run]:
    """Each contender once, in turn, each in a new folder; what they leave stays until the next round."""
    skip_bad = ["--ignore-errors"] if options.bad_share else []
    done: dict[str, Run] = {}
    for name in names:
        out = work / ("census" if name == "again" else name)
        if name != "again":
            shutil.rmtree(out, ignore_errors=True)
        limit = ["--memory-limit", options.memory_limit]
        if name in PEERS:
            out.mkdir()
            command = [str(options.peers_python), str(BENCH / "peers" / f"{name}_peer.py"), str(raw), str(out)]
        elif name in ("floor", "script"):
            out.mkdir()
            command = [sys.executable, str(BENCH / f"{name}.py"), str(raw), str(out), *skip_bad, *limit]
        else:
            command = [*census, "run", "--raw", str(raw), "--warehouse", str(out), *limit]
        try:
            done[name] = measure(command, out, work / "log")
        except Failed as error:
            if name not in PEERS:
                sys.exit(str(error))
            print(f"{name} failed: {error}", file=sys.stderr)
    return done


def measure(command: list[str], out: Path, log: Path) -> Run:
    """One whole process from start to end, with all that it starts and waits for. Raises Failed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CENSUS_")}
    with log.open("wb") as written:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=written, stderr=written, cwd=PROJECT, env=environment, start_new_session=True)
        together = _Watch(process.pid, out / "scratch")
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    peak = max(usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), together.stop())
    if process.returncode:
        tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise Failed(f"{shlex.join(command)}\nended with {process.returncode}:\n{tail}")
    disk = sum(path.lstat().st_size for path in out.rglob("*") if path.is_file() and not path.is_symlink())
    cpu = max(usage.ru_utime + usage.ru_stime, together.cpu)  # a process that is not waited for (Spark's Java) is only looked at
    return Run(wall, cpu, peak / 2**20, disk / 1e6, together.spilled / 1e6)


class _Watch:
    """What all processes of a session use together, looked at four times a second (Linux only): RSS, CPU; and a folder's size.

    wait4 reports the largest single process, which would flatter a program that works in several.
    """

    def __init__(self, session: int, folder: Path) -> None:
        self._session, self._folder = str(session), folder
        self._peak = self.spilled = 0
        self._ticks: dict[str, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @property
    def cpu(self) -> float:
        """Seconds that its processes had used when they were last looked at."""
        return sum(self._ticks.values()) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> int:
        self._over.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while not self._over.wait(0.25):
            sizes = []
            for stat in Path("/proc").glob("[0-9]*/stat"):
                try:
                    fields = stat.read_text(errors="replace").rpartition(")")[2].split()
                except OSError:  # ended meanwhile
                    continue
                if fields[3] == self._session:
                    self._ticks[stat.parent.name] = int(fields[11]) + int(fields[12])
                    sizes.append(int(fields[21]) * page)
            self._peak = max(self._peak, sum(sizes))
            self.spilled = max(self.spilled, _size(self._folder))


def _size(folder: Path) -> int:
    """Bytes on disk below a folder, whose files come and go."""
    size = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.lstat(os.path.join(path, name)).st_blocks * 512
            except FileNotFoundError:
                continue
    return size


def _compare(raw: Path, work: Path, name: str) -> dict[str, int | str]:
    """The sums of the census and another, shop by shop and year by year; ends everything where they differ."""
    command = [sys.executable, str(BENCH / "compare.py"), str(raw)]
    command += [str(work / name / "shop_month.parquet"), str(work / "census")]
    compared = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if compared.returncode:
        sys.exit(f"the census and the {name} differ: {compared.stdout.strip() or 'see above'}")
    agreed: dict[str, int | str] = json.loads(compared.stdout)
    return agreed


def _report(
    runs: dict[str, list[Run]],
    raw: Path,
    options: argparse.Namespace,
    load: float,
    agreed: dict[str, int | str],
) -> str:
    head = ["", "wall s", "x script", "CPU s", "x script", "peak RSS MiB", "x script", "on disk MB"]
    lines = [f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
    script = runs.get("script", [])
    for name, measured in runs.items():
        cells = [f"`{name}`: {(WHAT | PEERS)[name]}"]
        if not measured:
            lines.append(f"| {cells[0]} | failed |" + " |" * (len(head) - 2))
            continue
        for field, digits in (("wall", 1), ("cpu", 1), ("peak", 0)):
            values = [getattr(run, field) for run in measured]
            cells.append(_spread(values, digits))
            pairs = [value / getattr(run, field) for value, run in zip(values, script, strict=False)]
            cells.append(_spread(pairs, 2) if pairs and name != "script" else "1" if pairs else "")
        cells.append(f"{statistics.median(run.disk for run in measured):,.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    orders = list((raw / "transactions").glob("*.csv"))
    size = sum(path.stat().st_size for path in orders) / 1e9
    spoiled = f", {options.bad_share:.2%} of them spoiled" if options.bad_share else ""
    lines += [
        "",
        (
            f"{options.orders:,} rows of orders{spoiled} in {len(orders)} CSV files of {size:.2f} GB together; "
            f"medians of {options.runs} (least to most), the contenders in turn after a warm-up of each, files "
            f"in the page cache; DuckDB's memory limit {options.memory_limit}."
        ),
        "",
        machine(load),
    ]
    if agreed:
        lines += [
            "",
            (
                f"Sums agree to the fen in every run: {agreed['compared']:,} shop-years, "
                f"{agreed['script_transactions']:,} sales, {agreed['script_sales']} yuan."
            ),
        ]
    return "\n".join(lines)


def _spread(values: list[float], digits: int) -> str:
    middle, least, most = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({least:,.{digits}f} to {most:,.{digits}f})"


def machine(load: float) -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{_processor()}, {cores} cores, {memory:.0f} GiB; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, DuckDB {version('duckdb')}; "
        f"load average before the start {load:.1f}."
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
