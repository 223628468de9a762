"""Folding orders: current versions, sales by shop and month, by shop and statistical year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from flows.engine import execute, insert_rows, no_rows, scalar, set_variables
from flows.intake.records import TYPES
from flows.rules import Calendar
from flows.schema import raw_tables


@dataclass(frozen=True, slots=True)
class Orders:
    """What the fold tells besides its tables. Sales in yuan; `future_*` count records dated after `latest`."""

    newest_update: datetime | None
    future_orders: int
    future_shops: int
    sales: Decimal
    orphaned_sales: Decimal
    orphaned_shops: int


def open_segments(con: duckdb.DuckDBPyConnection, files: Mapping[str, Sequence[Path]], months: Sequence[Path]) -> None:
    """Makes a view per raw table over the accepted rows of the given segments, and order_months over their sums."""
    for table in raw_tables().values():
        name = "orders" if table.name == "transactions" else table.name
        _open(con, name, files.get(table.name, ()), {c.name: TYPES[c.kind] for c in table.columns})
    _open(
        con,
        "order_months",
        months,
        {"shop_id": "bigint", "sales_month": "date", "sales": "decimal(38, 2)", "transactions": "bigint"},
    )


def _open(con: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
    if files:
        set_variables(con, **{f"{name}_files": [str(path) for path in files]})
        con.execute(
            f"create or replace temp view {name} as from read_parquet(getvariable('{name}_files'), hive_partitioning = false)"
        )
    else:
        con.execute(f"create or replace temp view {name} as {no_rows(columns)}")


def fold_orders(con: duckdb.DuckDBPyConnection, latest: datetime) -> Orders:
    """Folds all live orders into shop_month. `latest` is the moment after which a record is dated in the future."""
    for name in ("repeated_orders", "outdated_versions", "shop_month", "shop_versions"):
        execute(con, f"measure/{name}")
    ((newest,),) = execute(con, "measure/order_dates").fetchall()
    ((future_orders,),) = execute(con, "measure/future_orders", latest=latest).fetchall()
    ((future_shops,),) = execute(con, "measure/future_shops", latest=latest).fetchall()
    orphaned, orphaned_shops, sales = execute(con, "measure/orphaned_sales").fetchall()[0]
    set_variables(con, newest_update=newest)
    return Orders(newest, future_orders, future_shops, sales, orphaned, orphaned_shops)


def measure_years(con: duckdb.DuckDBPyConnection, calendar: Calendar) -> None:
    """Makes years, shop_year_sales and shop_year_versions."""
    execute(con, "measure/windows")
    first, last = con.execute("select min(sales_month), max(sales_month) from shop_month").fetchall()[0]
    if first is not None:
        around = calendar.years_around(first, last)
        windows = ((year, calendar.window(year)) for year in range(min(around, default=0), max(around, default=-1) + 1))
        insert_rows(con, "windows", [(year, w.first_day, w.end, w.last_day, w.last_3_months_from) for year, w in windows])
    for name in ("years", "shop_year_sales", "shop_year_versions"):
        execute(con, f"measure/{name}")


def shop_years(con: duckdb.DuckDBPyConnection) -> int:
    """Makes shop_year out of shop_year_versions and shop_places; returns its rows."""
    execute(con, "measure/shop_year")
    return int(scalar(con, "select count(*) from shop_year"))
