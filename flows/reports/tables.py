"""Looking at the current snapshot: `show`, `sql`, `lists`, and the rows that other reports tell."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from flows.engine import identifier, statement
from flows.schema import published_tables

if TYPE_CHECKING:
    from flows.settings import Settings


class QueryError(ValueError):
    """A query, or a table's name, that cannot be answered."""


def _open(snapshot: Path) -> duckdb.DuckDBPyConnection:
    """The snapshot's database, read-only; a query can neither write nor reach beyond the snapshot."""
    con = duckdb.connect(snapshot / "census.duckdb", read_only=True)
    con.execute("set enable_progress_bar = false")
    con.execute("set allowed_directories = $1", [[str(snapshot)]])
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
    return con


def rows_of(snapshot: Path, name: str) -> list[tuple[Any, ...]]:
    """The rows of a statement of `sql/` over a snapshot."""
    with _open(snapshot) as con:
        return con.execute(statement(name)).fetchall()


def _current(settings: Settings) -> Path:
    from flows.publish.snapshots import Snapshots

    current = Snapshots(settings.warehouse).current()
    if current is None:
        raise QueryError(f"nothing is published yet in {settings.warehouse}. Next: census run")
    return current.resolve()


def show(settings: Settings, table: str, year: int | None, where: str | None, limit: int | None, form: str | None) -> None:
    """Prints rows of a published table. Raises QueryError."""
    if table not in published_tables():
        raise QueryError(f"there is no table {table}; there are {', '.join(published_tables())}")
    told = published_tables()[table]
    if year is not None and all(c.name != "year" for c in told.columns):
        raise QueryError(f"{table} has no year; leave --year out")
    query = f"select * from {identifier(table)}"
    if where:
        query = f"select * from ({query} where ({where}\n))"
    parameters = []
    if year is not None:
        query += " where year = $1"
        parameters = [year]
    largest_first = [f"{identifier(told.largest_first)} desc"] if told.largest_first else []
    query += f" order by {', '.join([*largest_first, *map(identifier, told.key)])}"
    if limit is None and form is None and sys.stdout.isatty():
        limit = 20
    if limit is not None:
        query += f" limit {limit:d}"
    tell(*_ask(_current(settings), query, parameters), form)


def query(settings: Settings, text: str, form: str | None) -> None:
    """Prints the result of a query. Raises QueryError."""
    tell(*_ask(_current(settings), text), form)


def lists(settings: Settings, year: int | None, form: str | None) -> None:
    """Prints how the published lists compare with the census, and, for people, which of their places name no village.

    The rulebook that reports lead with comes first. Raises QueryError.
    """
    snapshot, parameters = _current(settings), {"year": year}
    names, rows = _ask(snapshot, statement("reports/list_coverage"), parameters)
    lead = f"in_{settings.lead_rulebook}"
    order = sorted(range(len(names)), key=lambda i: (names[i].startswith("in_"), names[i] != lead))
    names, rows = [names[i] for i in order], [[row[i] for i in order] for row in rows]
    tell(names, rows, form, "Places on published lists")
    if form is None:
        names, rest = _ask(snapshot, statement("reports/list_rest"), parameters)
        tell(names, rest, form, "Places that name no village")


def _ask(snapshot: Path, text: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> tuple[list[str], Sequence[Sequence[Any]]]:
    """The columns and rows of a query's result. Raises QueryError."""
    with _open(snapshot) as con:
        try:
            if not _only_asks(con, text):
                raise QueryError("only a query can be answered, and there must be one: select …, from …, describe …, explain …")
            result = con.execute(text, parameters or None)
            return [column[0] for column in result.description or ()], result.fetchall()
        except duckdb.Error as error:
            raise QueryError(f"the query cannot be answered: {error}") from error


def tell(names: list[str], rows: Sequence[Sequence[Any]], form: str | None, title: str | None = None) -> None:
    """Prints rows: as CSV, as JSON a row a line, or as a table for people under a title."""
    if form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        writer.writerows([_csv_cell(value) for value in row] for row in rows)
    elif form == "json":
        for row in rows:
            sys.stdout.write(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str) + "\n")
    else:
        _print(names, rows, title)


def _only_asks(con: duckdb.DuckDBPyConnection, text: str) -> bool:
    """Whether a text holds queries alone: a read-only database still lets COPY and EXPORT write files beside it."""
    statements = con.extract_statements(text)
    return bool(statements) and all(
        statement.type == duckdb.StatementType.SELECT
        or (statement.type == duckdb.StatementType.MULTI and "pivot" in statement.query.casefold())
        or (
            statement.type == duckdb.StatementType.EXPLAIN
            and _only_asks(con, re.sub(r"^\s*explain(\s+analyze)?\b", "", statement.query, flags=re.IGNORECASE))
        )
        for statement in statements
    )


def _csv_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + value if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _print(names: list[str], rows: Sequence[Sequence[Any]], title: str | None) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from flows.reports.text import printable

    console = Console(width=None if sys.stdout.isatty() else 250)
    if len(names) > 13 and len(rows) <= 5:
        for row in rows:
            table = Table("column", "value")
            for name, value in zip(names, row, strict=True):
                table.add_row(name, Text("" if value is None else printable(str(value))))
            console.print(table)
    else:
        table = Table(*names, title=title, title_justify="left")
        for row in rows:
            table.add_row(*(Text("" if value is None else printable(str(value))) for value in row))
        console.print(table)
    console.print(f"{len(rows):,} rows")
