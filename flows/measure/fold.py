"""The fold: shop_month over the current versions of orders. Contract, sections 1 (versions) and 3.

A full fold adds up what every version gives, which each segment knows of its own, and takes off what outdated versions
gave. Those are found bucket by bucket (a hash of the order's id): memory is bounded, and a bucket that was finished is kept
until a snapshot is published, for a run that is interrupted. A delta fold starts from the shop_month of the snapshot before
and looks only at orders of which versions came or went. Decimals are exact, so both give the same.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb

from flows.engine import execute, statement
from flows.intake import OrderFiles
from flows.intake.kept import sync
from flows.measure.views import open_files, open_rows

FOLD = "1"
"""Raised whenever shop_month comes to hold something else for the same records."""

_MONTHS = {"shop_id": "bigint", "sales_month": "date", "sales": "decimal(38, 2)", "transactions": "bigint"}
_ROWS_A_GIBIBYTE = 20_000_000
"""Versions of orders in a bucket, by the memory that DuckDB may use: numbering their hashes takes a third of it."""


@dataclass(frozen=True, slots=True)
class FoldBefore:
    """A fold that was published: its shop_month, and how the contents that it was made of differ from those live now."""

    shop_month: Path
    staying: OrderFiles
    arriving: OrderFiles
    leaving: OrderFiles

    @property
    def is_worth_it(self) -> bool:
        """Whether starting from it is less work than starting anew."""
        return self.arriving.count + self.leaving.count <= self.staying.count


def fold_steps(
    con: duckdb.DuckDBPyConnection,
    live: OrderFiles,
    before: FoldBefore | None,
    until: datetime | None,
    memory_bytes: int,
    kept: Path,
) -> Iterator[tuple[str, Callable[[], object]]]:
    """The steps, by name, that make shop_month of live orders, those updated before `until` only. Finished ones lie in `kept`."""
    open_rows(con, "orders", "transactions", live.rows, until)
    if before and before.is_worth_it:
        yield "fold what came and went", partial(_fold_delta, con, before, until)
        return
    buckets = -(-live.count * 2**30 // (_ROWS_A_GIBIBYTE * memory_bytes)) or 1
    folder = kept / _digest(live, until, buckets)
    for other in kept.glob("*"):
        if other != folder:
            shutil.rmtree(other)
    folder.mkdir(parents=True, exist_ok=True)
    for bucket in range(buckets):
        name = "fold the orders" if buckets == 1 else f"fold the orders, bucket {bucket + 1} of {buckets}"
        yield name, partial(_fold_bucket, con, bucket, buckets, folder / f"bucket-{bucket}.parquet")
    yield "add up the orders", partial(_add_up, con, live, until, sorted(folder.glob("bucket-*.parquet")))


def keep_fold(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Writes shop_month for a later fold to start from."""
    con.execute(f"copy ({statement('measure/kept_months')}) to $1 (format parquet, parquet_version v2)", [str(path)])


def _digest(live: OrderFiles, until: datetime | None, buckets: int) -> str:
    """What the buckets of a fold are known by."""
    told = [FOLD, str(until), str(buckets), *sorted(content.name for content in live.contents)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _fold_delta(con: duckdb.DuckDBPyConnection, before: FoldBefore, until: datetime | None) -> None:
    """Makes shop_month of the one before and of the orders that came or went."""
    for name, orders in (("staying", before.staying), ("arriving", before.arriving), ("leaving", before.leaving)):
        open_rows(con, f"{name}_orders", "transactions", orders.rows, until)
    open_files(con, "shop_month_before", [before.shop_month], _MONTHS)
    for name in ("touched_versions", "changed_months", "shop_month_after"):
        execute(con, f"measure/{name}")


def _fold_bucket(con: duckdb.DuckDBPyConnection, bucket: int, buckets: int, path: Path) -> None:
    """Finds what outdated versions of the orders of a bucket gave, unless that is known already."""
    if path.exists():
        return
    execute(con, "measure/repeated_orders", bucket=bucket, buckets=buckets)
    execute(con, "measure/repeated_versions")
    building = path.with_suffix(".part")
    con.execute(f"copy ({statement('measure/outdated_months')}) to $1 (format parquet)", [str(building)])
    sync(building)
    building.replace(path)


def _add_up(con: duckdb.DuckDBPyConnection, live: OrderFiles, until: datetime | None, outdated: list[Path]) -> None:
    """Makes shop_month of what all versions gave and of what outdated ones gave."""
    cut = live.since(until) if until else OrderFiles()
    whole = [content.months for content in live.contents if content.months and content not in cut.contents]
    open_files(con, "whole_months", whole, _MONTHS)
    open_rows(con, "cut_orders", "transactions", cut.rows, until)
    open_files(con, "outdated_months", outdated, _MONTHS)
    for name in ("order_months", "shop_month"):
        execute(con, f"measure/{name}")
