"""Views over the accepted rows of segments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import duckdb

from flows.engine import identifier, no_rows, set_variables
from flows.intake.records import TYPES
from flows.schema import raw_tables

_DATED = ("updated_at", "recorded_at")


def open_rows(con: duckdb.DuckDBPyConnection, view: str, table: str, files: Iterable[Path], until: datetime | None) -> None:
    """Makes a view over rows of a raw table: those recorded before `until`, and those that do not say when."""
    columns = {column.name: TYPES[column.kind] for column in raw_tables()[table].columns}
    dated = next((name for name in _DATED if name in columns), None)
    open_files(con, view, files, columns, dated if until else None)
    set_variables(con, until=until)


def open_files(
    con: duckdb.DuckDBPyConnection, view: str, files: Iterable[Path], columns: Mapping[str, str], dated: str | None = None
) -> None:
    """Makes a view over Parquet files; of none, with these columns (name → SQL type). `dated` is compared with `until`."""
    paths = [str(path) for path in files]
    name, variable = identifier(view), f"{view}_files"
    if not paths:
        con.execute(f"create or replace temp view {name} as {no_rows(columns)}")
        return
    set_variables(con, **{variable: paths})
    known = f"where {identifier(dated)} < getvariable('until') or {identifier(dated)} is null" if dated else ""
    con.execute(
        f"create or replace temp view {name} as from read_parquet(getvariable('{variable}'), hive_partitioning = false) {known}"
    )
