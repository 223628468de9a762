"""Views over the accepted rows of segments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import duckdb
from duckdb import ColumnExpression, ConstantExpression, Expression

from flows.engine import no_rows
from flows.intake.records import TYPES
from flows.schema import raw_tables


def open_rows(con: duckdb.DuckDBPyConnection, view: str, table: str, files: Iterable[Path], until: datetime | None) -> None:
    """Makes a view over rows of a raw table: those recorded before `until`, and those that do not say when."""
    declared, condition = raw_tables()[table], None
    columns = {column.name: TYPES[column.kind] for column in declared.columns}
    if declared.dated and until:
        moment = ColumnExpression(declared.dated)
        condition = (moment < ConstantExpression(until)) | moment.isnull()
    open_files(con, view, files, columns, condition)


def open_files(
    con: duckdb.DuckDBPyConnection,
    view: str,
    files: Iterable[Path],
    columns: Mapping[str, str],
    condition: Expression | None = None,
) -> None:
    """Makes a view over those rows of Parquet files that meet a condition; of no files, with these columns (name → SQL type)."""
    paths = [str(path) for path in files]
    rows = con.from_parquet(paths, hive_partitioning=False) if paths else con.sql(no_rows(columns))
    (rows if condition is None else rows.filter(condition)).create_view(view, replace=True)
