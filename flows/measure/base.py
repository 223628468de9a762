"""What a snapshot tells that the next one goes on from: the base of a run that measures only what changed.

Where the calendar, the divisions, the program and the shops that there were are the same, a row of shop_year depends on the
orders and versions of its shop alone. A run takes anew the rows of shops of which anything changed; the others are carried.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from flows.engine import execute
from flows.intake.kept import checksum
from flows.measure.fold import MONTHS
from flows.measure.views import open_files, open_rows
from flows.schema import SQL_TYPES, published_tables

STATE = {
    "sales_months": {name: kind for name, kind in MONTHS.items() if name != "shop_id"},
    "unknown_months": MONTHS,
    "unplaced_shops": {
        "year": "integer",
        "shop_id": "bigint",
        "sales": "decimal(38, 2)",
        "edition": "integer",
        "address": "varchar",
        "code": "varchar",
    },
}
"""The tables that a snapshot keeps in `_state/` for the next one, besides the fold: columns (name → SQL type)."""


@dataclass(frozen=True, slots=True)
class Base:
    """The snapshot that a run goes on from, and the files of shops that came since."""

    snapshot: Path
    arriving_shops: tuple[Path, ...] = ()

    @property
    def shop_years(self) -> list[Path]:
        """The files of its shop_year."""
        return sorted(self.snapshot.glob("shop_year/year=*/*.parquet"))


def open_base(con: duckdb.DuckDBPyConnection, base: Base | None, until: datetime | None) -> None:
    """Makes views over what the base tells (shop_year_before, sales_months_before, ...); without a base they are empty."""
    columns = {column.name: SQL_TYPES[column.type] for column in published_tables()["shop_year"].columns}
    open_files(con, "shop_year_before", base.shop_years if base else (), columns)
    for name, columns in STATE.items():
        open_files(con, f"{name}_before", [base.snapshot / "_state" / f"{name}.parquet"] if base else (), columns)
    open_rows(con, "arriving_shops", "shops", base.arriving_shops if base else (), until)


def keep_state(con: duckdb.DuckDBPyConnection, snapshot: Path) -> dict[str, str]:
    """Writes what the next run goes on from beside the published tables; returns checksums by path in the snapshot."""
    for name in STATE:
        con.table(name).write_parquet(str(snapshot / "_state" / f"{name}.parquet"))
    kept = [
        *(Path("_state", f"{name}.parquet") for name in STATE),
        *(path.relative_to(snapshot) for path in Base(snapshot).shop_years),
    ]
    return {path.as_posix(): checksum(snapshot / path) for path in kept}


def carried_years(con: duckdb.DuckDBPyConnection, base: Base | None) -> dict[int, Path]:
    """The files of those statistical years in which every row of shop_year is the base's."""
    anew = {year for (year,) in execute(con, "measure/years_taken_anew").fetchall()}
    years = {int(path.parent.name.removeprefix("year=")): path for path in (base.shop_years if base else ())}
    return {year: path for year, path in years.items() if year not in anew}
