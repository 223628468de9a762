"""The benchmark table: peers, memory, and a second worker, by one command (`make bench`).

    python tests/bench/table.py [--part peers memory scaling] [--peers-python PYTHON] [--readme README.md]

Each part goes between its marks in README, as ratios; what it measured is printed. Some forty minutes, and 40 GB of disk: `--most 100000000`
leaves out the memory of 300 million orders. README.md beside this file says what the figures tell.
"""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import run as comparing
from generate import Orders
from scaling import scaling

BENCH = Path(__file__).resolve().parent
PROJECT = BENCH.parents[1]
PARTS = ("peers", "memory", "scaling")
LIMITS = ((100_000_000, 24, 1000, "1536MiB", 2), (300_000_000, 36, 100, "2816MiB", 4))
"""Orders, files, orders a shop, DuckDB's limit, and the GiB that all of the process shall stay under."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS), help="only these parts")
    parser.add_argument("--peers-python", type=Path, help="the Python of an environment with peers/requirements.txt")
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each but peers (5)")
    parser.add_argument("--most", type=int, default=300_000_000, help="the most orders of which memory is measured")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "census-bench")
    parser.add_argument("--census", default=shlex.quote(str(Path(sys.executable).with_name("census"))))
    parser.add_argument("--readme", type=Path, help="the file whose marked parts are written anew")
    options = parser.parse_args()
    for part in options.part:
        told = {"peers": peers, "memory": memory, "scaling": second_worker}[part](options)
        print(f"\n{told}\n")
        if options.readme:
            text = options.readme.read_text(encoding="utf-8")
            options.readme.write_text(replaced(text, part, told), encoding="utf-8")


def replaced(text: str, part: str, told: str) -> str:
    """A text with what stands between the marks of a part written anew."""
    begin, end = f"<!-- bench: {part} -->\n", f"<!-- bench: end of {part} -->\n"
    if begin not in text or end not in text:
        raise SystemExit(f"no marks {begin.strip()} and {end.strip()}")
    return text[: text.index(begin) + len(begin)] + told + "\n" + text[text.index(end) :]


def peers(options: argparse.Namespace) -> str:
    """Ratios to the user's script, by run.py."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "table.md"
        arguments = [f"--runs={options.runs}", f"--data={options.data}", f"--census={options.census}", f"--markdown={told}"]
        if options.peers_python:
            arguments.append(f"--peers-python={options.peers_python}")
        subprocess.run([sys.executable, str(BENCH / "run.py"), *arguments], check=True, stdout=subprocess.DEVNULL)
        return ratios(told.read_text(encoding="utf-8"))


def ratios(told: str) -> str:
    """The table of run.py without its seconds and sizes: what is compared with the script is kept."""
    kept = []
    for line in told.splitlines():
        if not line.startswith("|"):
            kept.append(line)
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|---"):
            kept.append("|---|---:|---:|---:|")
        elif len(cells) > 6 and cells[2] == "x script":
            kept.append("| | wall time | CPU time | peak memory |")
        elif len(cells) > 6 and cells[2] == "1":
            first = [re.sub(r" \(.*", "", cells[at]) for at in (1, 3, 5)]
            kept.append(f"| {cells[0]} | 1 ({first[0]} s) | 1 ({first[1]} s) | 1 ({first[2]} MiB) |")
        elif cells[1] == "failed":
            kept.append(f"| {cells[0]} | failed | | |")
        else:
            kept.append(f"| {' | '.join([cells[0], *cells[2:7:2]])} |")
    return "\n".join(kept)


def memory(options: argparse.Namespace) -> str:
    """A run of each size under its limit: time and memory by order, what it kept in temporary files."""
    rows, first = [], 0.0
    for orders, files, orders_a_shop, limit, most in LIMITS:
        if orders > options.most:
            continue
        has_room(orders, files, orders_a_shop, options.data)
        raw = comparing.generated(options.data, orders=orders, files=files, orders_a_shop=orders_a_shop)
        with tempfile.TemporaryDirectory(prefix="work-", dir=options.data) as work:
            warehouse = Path(work) / "warehouse"
            command = [*shlex.split(options.census), "run", "--raw", str(raw), "--warehouse", str(warehouse)]
            measured = comparing.measure([*command, "--memory-limit", limit], warehouse, Path(work) / "log")
        rate = orders / measured.wall
        first = first or rate
        rows.append([
            f"{orders // 1_000_000} million orders of {orders // orders_a_shop:,} shops, {limit} for DuckDB",
            f"{rate / first:.2f} ({rate / 1000:,.0f} thousand a second)",
            f"{measured.peak / (most * 1024):.2f} of {most} GiB", f"{measured.spilled / 1000:.1f} GB",
            f"{measured.disk / 1000:.1f} GB",
        ])  # fmt: skip
    return table(["", "orders a second", "peak memory", "temporary files", "warehouse"], rows)


def second_worker(options: argparse.Namespace) -> str:
    """How many times faster two workers are than one."""
    found = scaling(100_000_000, 24, 1000, options.data, shlex.split(options.census))
    names = {
        "read the files": "reading the files", "fold the orders": "folding the orders", "workers": "both: what workers do",
        "run": "the whole run, with Prefect",
    }  # fmt: skip
    rows = [[told, f"{found[1][name] / found[2][name]:.2f} ({found[1][name]:.0f} s, {found[2][name]:.0f} s)"]
            for name, told in names.items()]  # fmt: skip
    return table(["100 million orders", "two workers to one"], rows)


def has_room(orders: int, files: int, orders_a_shop: int, data: Path) -> None:
    """Ends everything where there is no room for so many orders, or for a warehouse of them."""
    made = data / Orders(orders, files, 1, 0.0, orders_a_shop=orders_a_shop).folder
    need = orders * 30 + (0 if made.exists() else orders * 92)
    data.mkdir(parents=True, exist_ok=True)
    if (free := shutil.disk_usage(data).free) < need:
        raise SystemExit(f"{orders:,} orders need {need / 1e9:.0f} GB in {data}, where {free / 1e9:.0f} are free: --most, --data")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
