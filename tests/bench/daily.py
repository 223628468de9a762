"""Measure what a day's delivery costs a warehouse of many orders, against a run that takes everything.

    python tests/bench/daily.py [--orders N] [--delivery N] [--days N] [--scattered] [--markdown FILE]

A tenth of a delivery's rows are new versions of old orders, any of them. README.md beside this file says more.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from generate import DIVISIONS, FIRST_YEAR, MACROS, Orders, generate
from run import Run, machine, measure

UPDATES = 10  # one row in so many is a new version of an old order

# One day's rows: new orders, numbered on from all before; new versions of orders anywhere in the past, refunded in part.
DELIVERY = """
copy (
    select
        case when $scattered then scattered_id(order_id(number, $salt)) else order_id(number, $salt) end as transaction_id,
        shop_of(number, $salt, $shops) as shop_id,
        $day::timestamp - to_seconds(case when is_update then below(number, $salt + 51, 300 * 86400)
                                          else below(number, $salt + 52, 86400) end) as paid_at,
        yuan(100 + tail(number, $salt + 8, 90000)) as amount,
        case when is_update then yuan(50) end as refunded_amount,
        'TRADE_FINISHED' as status,
        $day as updated_at
    from (
        select
            row % $updates = 0 as is_update,
            case when is_update then below($nth * $rows + row, $salt + 50, $known) else $known + row end as number
        from range($rows) t(row)
    )
) to $path (format csv, header true)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", type=int, default=20_000_000, help="rows that the warehouse has before (20,000,000)")
    parser.add_argument("--files", type=int, default=24, help="monthly files of them (24)")
    parser.add_argument("--delivery", type=int, default=200_000, help="rows of a delivery (200,000)")
    parser.add_argument("--days", type=int, default=3, help="deliveries, a run after each (3)")
    parser.add_argument("--orders-a-shop", type=int, default=100, help="rows for each shop (100)")
    parser.add_argument("--scattered", action="store_true", help="ids in no order, not growing with time")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "census-bench")
    parser.add_argument("--memory-limit", default="1GiB", help="DuckDB's limit (1GiB)")
    parser.add_argument("--census", default=shlex.quote(str(Path(sys.executable).with_name("census"))),
                        help="command prefix (the census beside this Python)")  # fmt: skip
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    params = Orders(options.orders, options.files, 1, 0.0,
                    scattered=options.scattered, orders_a_shop=options.orders_a_shop)  # fmt: skip
    made = generate(params, options.data.resolve(), DIVISIONS)
    with tempfile.TemporaryDirectory(prefix="daily-", dir=options.data) as folder:
        raw, warehouse = Path(folder, "raw"), Path(folder, "warehouse")
        shutil.copytree(made, raw, copy_function=os.link)
        command = [*shlex.split(options.census), "run", "--raw", str(raw), "--warehouse", str(warehouse)]
        command += ["--memory-limit", options.memory_limit]

        def run(name: str) -> Run:
            done = measure(command, warehouse, Path(folder, "log"))
            print(f"{name:12} {done.wall:8.2f} s wall {done.cpu:8.2f} s CPU {done.peak:7.0f} MiB", file=sys.stderr)
            return done

        whole, days = run("all at once"), []
        for day in range(options.days):
            deliver(params, options.delivery, day, raw / "transactions" / f"day-{day:04}.csv")
            days.append(run(f"day {day + 1}"))
    report = _report(options, whole, days, load)
    print(report)
    if options.markdown:
        options.markdown.write_text(report + "\n", encoding="utf-8")


def deliver(params: Orders, rows: int, nth: int, path: Path) -> None:
    """Writes the delivery of the nth day after the orders of the parameters."""
    end = datetime(FIRST_YEAR + params.files // 12, params.files % 12 + 1, 1) + timedelta(days=nth + 60)
    con = duckdb.connect()
    con.execute(MACROS)
    con.execute(
        DELIVERY,
        {
            "rows": rows,
            "nth": nth,
            "known": params.first + nth * rows,
            "updates": UPDATES,
            "salt": params.seed * 1000,
            "shops": params.shops,
            "scattered": params.scattered,
            "day": end,
            "path": str(path),
        },
    )
    con.close()


def _report(options: argparse.Namespace, whole: Run, days: list[Run], load: float) -> str:
    shown = sorted({1, 10, len(days)} & {*range(1, len(days) + 1)})
    lines = ["| | wall s | x all at once | CPU s | peak RSS MiB |", "|---|---:|---:|---:|---:|"]
    for name, done in [("all at once", whole), *((f"day {n}", days[n - 1]) for n in shown)]:
        lines.append(f"| {name} | {done.wall:,.1f} | {done.wall / whole.wall:.3f} | {done.cpu:,.1f} | {done.peak:,.0f} |")
    shops = options.orders // options.orders_a_shop
    ids = "scattered" if options.scattered else "growing"
    return "\n".join(
        [
            *lines,
            "",
            (
                f"{options.orders:,} rows of orders in {options.files} CSV files, {shops:,} shops, ids {ids}; then {options.days} deliveries of "
                f"{options.delivery:,} rows, a tenth of them new versions of old orders; DuckDB's memory limit {options.memory_limit}."
            ),
            "",
            machine(load),
        ]
    )


if __name__ == "__main__":
    main()
