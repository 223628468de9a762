"""From folded orders to what each shop sold in each statistical year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from flows.engine import execute, insert_rows, scalar, set_variables, statement
from flows.intake import OrderFiles
from flows.measure.views import open_rows
from flows.rules import Calendar


@dataclass(frozen=True, slots=True)
class Orders:
    """What the fold tells besides its tables. Sales in yuan; `future_*` count records dated after `latest`."""

    newest_update: datetime | None
    future_orders: int
    future_shops: int
    sales: Decimal
    orphaned_sales: Decimal
    orphaned_shops: int


def open_records(con: duckdb.DuckDBPyConnection, files: Mapping[str, Iterable[Path]], until: datetime | None = None) -> None:
    """Makes a view per raw table but transactions over the accepted rows in files, those recorded before `until`."""
    for table in ("shops", "villages", "counties", "lists"):
        open_rows(con, table, table, files.get(table, ()), until)


def weigh_orders(con: duckdb.DuckDBPyConnection, live: OrderFiles, latest: datetime, until: datetime | None = None) -> Orders:
    """Makes sales_months and unknown_months, and tells of the folded orders.

    `latest` is the moment after which a record is dated in the future.
    """
    for name in ("sales_months", "unknown_months"):
        execute(con, f"measure/{name}")
    newest = _newest_update(con, live, until)
    open_rows(con, "late_orders", "transactions", live.since(latest).rows, until)
    future_orders = int(scalar(con, statement("measure/future_orders"), {"latest": latest}))
    future_shops = int(scalar(con, statement("measure/future_shops"), {"latest": latest}))
    orphaned, orphaned_shops, sales = execute(con, "measure/orphaned_sales").fetchall()[0]
    set_variables(con, newest_update=newest)
    return Orders(newest, future_orders, future_shops, sales, orphaned, orphaned_shops)


def _newest_update(con: duckdb.DuckDBPyConnection, live: OrderFiles, until: datetime | None) -> datetime | None:
    """The newest update of the current orders; rows are read only of contents that do not tell, or go on after `until`."""
    in_doubt = live.since(until)
    told = [content.newest for content in live.contents if content.newest and content not in in_doubt.contents]
    open_rows(con, "undated_orders", "transactions", in_doubt.rows, until)
    found: datetime | None = scalar(con, statement("measure/newest_update"))
    return max([*told, *([found] if found else [])], default=None)


def open_delivery(con: duckdb.DuckDBPyConnection, arrived: OrderFiles, others: OrderFiles, until: datetime | None = None) -> None:
    """Makes views over the orders of files that arrived, and of the other live files: arrived_orders, other_orders."""
    for name, orders in (("arrived_orders", arrived), ("other_orders", others)):
        open_rows(con, name, "transactions", orders.rows, until)


def measure_years(con: duckdb.DuckDBPyConnection, calendar: Calendar) -> None:
    """Makes years and orphaned_years; of the shop-years that this run measures, shop_year_sales and shop_year_versions.

    carried_codes gets the places of the base.
    """
    execute(con, "measure/windows")
    first, last = con.execute("select min(sales_month), max(sales_month) from sales_months").fetchall()[0]
    if first is not None:
        around = calendar.years_around(first, last)
        windows = ((year, calendar.window(year)) for year in range(min(around, default=0), max(around, default=-1) + 1))
        insert_rows(con, "windows", [(year, w.first_day, w.end, w.last_day, w.last_3_months_from) for year, w in windows])
    for name in (
        "years", "year_months", "orphaned_years", "retaken_shop_years", "shop_year_sales", "shop_versions", "shop_year_versions",
        "carried_codes",
    ):  # fmt: skip
        execute(con, f"measure/{name}")


def shop_years(con: duckdb.DuckDBPyConnection) -> int:
    """Makes shop_year out of shop_year_versions and shop_places, and of the base's rows that are carried; returns its rows."""
    execute(con, "measure/placed_shop_years")
    execute(con, "measure/shop_year")
    return int(scalar(con, "select count(*) from shop_year"))
