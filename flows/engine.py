"""DuckDB for a run: connections, the statements of `sql/`, and the one place where identifiers are quoted.

Statements name their inputs as tables and views of the connection, so each can be read and run alone in the DuckDB
shell. Values come as parameters or as variables (`getvariable`), never by pasting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

_CHECKOUT = Path(__file__).resolve().parent.parent
ROOT = _CHECKOUT if (_CHECKOUT / "sql").is_dir() else Path(__file__).resolve().parent / "_bundled"
"""The folder that holds sql/, rulebooks/ and data/reference/: the checkout, or what a wheel carries of it."""


def connect(memory_limit: str, threads: int, scratch: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory database for one run, with the macros of `sql/macros`.

    Its memory is bounded, it spills to `scratch`, says nothing, and needs no extension.
    """
    con = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory_limit,
            "threads": threads,
            "temp_directory": str(scratch),
            "preserve_insertion_order": False,
            "checkpoint_threshold": "1TB",  # nothing to keep in memory alone: a checkpoint would cost time and save nothing
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    )
    con.execute("set enable_progress_bar = false")
    con.execute("set disable_parquet_prefetching = true")  # files are local: a tenth faster without
    execute_folder(con, "macros")
    return con


@cache
def statement(name: str) -> str:
    """The text of `sql/NAME.sql`."""
    return (ROOT / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def execute(con: duckdb.DuckDBPyConnection, name: str, **parameters: Any) -> duckdb.DuckDBPyConnection:
    """Executes `sql/NAME.sql` with named parameters ($name)."""
    try:
        return con.execute(statement(name), parameters or None)
    except duckdb.Error as error:
        error.add_note(f"in the statement sql/{name}.sql")
        raise


def execute_folder(con: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Executes every statement of a folder of `sql/` in the order of the file names (macros)."""
    for path in sorted((ROOT / "sql" / folder).glob("*.sql")):
        con.execute(path.read_text(encoding="utf-8"))


@cache
def digest_of(*folders: str) -> str:
    """What the statements of folders of `sql/` are known by: other statements, another digest."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in (ROOT / "sql" / folder).rglob("*.sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def set_variables(con: duckdb.DuckDBPyConnection, **values: Any) -> None:
    """Sets variables that statements read with `getvariable`."""
    for name, value in values.items():
        con.execute(f"set variable {identifier(name)} = $1", [value])


def set_map(con: duckdb.DuckDBPyConnection, name: str, values: dict[str, Any]) -> None:
    """Sets a variable to a MAP."""
    keys, told = list(values) or [""], list(values.values()) or [None]
    con.execute(f"set variable {identifier(name)} = map($1, $2)", [keys, told])


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def create_table(con: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, str]) -> None:
    """Makes an empty temporary table of columns (name → SQL type) in the place of one of its name."""
    told = ", ".join(f"{identifier(column)} {kind}" for column, kind in columns.items())
    con.execute(f"create or replace temp table {identifier(name)} ({told})")


def no_rows(columns: Mapping[str, str]) -> str:
    """A query of columns (name → SQL type) that has no row."""
    nulls = ", ".join(f"null::{kind} as {identifier(column)}" for column, kind in columns.items())
    return f"select {nulls} where false"


def scalar(con: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] | Mapping[str, Any] | None = None) -> Any:
    """The first column of the first row of a query's result."""
    rows = con.execute(query, parameters).fetchall()
    if not rows:
        raise LookupError(f"no row: {query}")
    return rows[0][0]


def insert_rows(con: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    """Adds a few rows (years, settings) to a table; bulk data never comes this way."""
    rows = list(rows)
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        con.executemany(f"insert into {identifier(table)} values ({marks})", rows)
