"""Looking at the current snapshot: `show`, `sql`, `lists`, `reconcile`, and the rows that other reports tell."""

from __future__ import annotations

import csv
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from flows.engine import connect, identifier, scalar, statement
from flows.reports.near_misses import NEAR_MISSES, NEAR_MISSES_KEY, make_near_misses
from flows.reports.near_misses import tell_people as tell_near_misses
from flows.reports.text import plain
from flows.rules import Rulebook, Rules, read_rules
from flows.schema import published_tables

if TYPE_CHECKING:
    from flows.settings import Settings


class QueryError(ValueError):
    """A query, or a table's name, that cannot be answered."""


def open_snapshot(snapshot: Path) -> duckdb.DuckDBPyConnection:
    """The snapshot's database, read-only; a query can neither write nor reach beyond the snapshot."""
    con = duckdb.connect(snapshot / "census.duckdb", read_only=True)
    con.execute("set enable_progress_bar = false")
    con.execute("set allowed_directories = $1", [[str(snapshot)]])
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")
    return con


@contextmanager
def scratch_connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory database for a report that reads more than one snapshot's tables, with room on the disk while it lasts."""
    with (
        tempfile.TemporaryDirectory(prefix="census-") as scratch,
        connect(settings.memory_limit, settings.threads, Path(scratch)) as con,
    ):
        yield con


def columns_and_rows(result: duckdb.DuckDBPyConnection) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of a result's columns, and its rows."""
    return [column[0] for column in result.description or ()], result.fetchall()


def as_dicts(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows with the names of their columns."""
    return [dict(zip(names, row, strict=True)) for row in rows]


def rows_of(snapshot: Path, *names: str) -> list[list[tuple[Any, ...]]]:
    """The rows of each of these statements of `sql/` over a snapshot."""
    with open_snapshot(snapshot) as con:
        return [con.execute(statement(name)).fetchall() for name in names]


def count_reasons(quarantined: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Rows in quarantine by reason, the commonest first, of rows by reasons joined by ';': a row may have several."""
    counts: Counter[str] = Counter()
    for joined, rows in quarantined:
        for reason in joined.split(";"):
            counts[reason] += rows
    return dict(counts.most_common())


def current_snapshot(settings: Settings) -> Path:
    """The folder of the current snapshot. Raises QueryError."""
    from flows.publish.snapshots import Snapshots

    current = Snapshots(settings.warehouse).current()
    if current is None:
        raise QueryError(f"nothing is published yet in {settings.warehouse}. Next: census run")
    return current.resolve()


def show(settings: Settings, table: str, year: int | None, where: str | None, limit: int | None, form: str | None) -> None:
    """Prints rows of a published table, or of a report that stands beside them. Raises QueryError."""
    if table not in (known := (*published_tables(), NEAR_MISSES)):
        raise QueryError(f"there is no table {table}; there are {', '.join(known)}")
    key, largest_first, columns = _order(table)
    if year is not None and "year" not in columns:
        raise QueryError(f"{table} has no year; leave --year out")
    query = f"select * from {identifier(table)}"
    if where:
        query = f"select * from ({query} where ({where}\n))"
    parameters = []
    if year is not None:
        query += " where year = $1"
        parameters = [year]
    query += f" order by {', '.join([*(f'{identifier(name)} desc' for name in largest_first), *map(identifier, key)])}"
    if limit is None and form is None and sys.stdout.isatty():
        limit = 20
    if limit is not None:
        query += f" limit {limit:d}"
    rulebooks: Sequence[Rulebook] = ()
    with open_snapshot(current_snapshot(settings)) as con:
        if table == NEAR_MISSES:
            make_near_misses(con, rulebooks := rules_of(con, settings).rulebooks)
        names, rows = _ask(con, query, parameters)
    if table == NEAR_MISSES and form is None:
        tell_near_misses(names, rows, rulebooks)
    else:
        tell(names, [[plain(value) for value in row] for row in rows] if table == NEAR_MISSES else rows, form)


def _order(table: str) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """By which columns a table is sorted, which of them come before, largest first, and what columns it has at least."""
    if table == NEAR_MISSES:
        return NEAR_MISSES_KEY, (), NEAR_MISSES_KEY
    told = published_tables()[table]
    return told.key, [told.largest_first] if told.largest_first else [], [column.name for column in told.columns]


def rules_of(con: duckdb.DuckDBPyConnection, settings: Settings) -> Rules:
    """The rulebooks and the calendar that a snapshot was made under. Raises QueryError where they have changed since."""
    rules = read_rules(settings.rulebooks, settings.calendar)
    made_under = json.loads(scalar(con, "select inputs from run"))
    if changed := [name for name, digest in rules.digests.items() if made_under.get(name) != digest]:
        raise QueryError(f"{' and '.join(changed)} changed since the snapshot was published. Next: census run")
    return rules


def query(settings: Settings, text: str, form: str | None) -> None:
    """Prints the result of a query. Raises QueryError."""
    with open_snapshot(current_snapshot(settings)) as con:
        tell(*_ask(con, text), form)


def lists(settings: Settings, year: int | None, form: str | None) -> None:
    """Prints how the published lists compare with the census, and, for people, which of their places name no village.

    The rulebook that reports lead with comes first. Raises QueryError.
    """
    with open_snapshot(current_snapshot(settings)) as con:
        names, rows = _ask(con, statement("reports/list_coverage"), {"year": year})
        names_of_rest, rest = _ask(con, statement("reports/list_rest"), {"year": year})
    lead = f"in_{settings.lead_rulebook}"
    order = sorted(range(len(names)), key=lambda i: (names[i].startswith("in_"), names[i] != lead))
    names, rows = [names[i] for i in order], [[row[i] for i in order] for row in rows]
    tell(names, rows, form, "Places on published lists")
    if form is None:
        tell(names_of_rest, rest, form, "Places that name no village")


def reconcile(settings: Settings, year: int | None, rulebook: str | None, form: str | None) -> None:
    """Prints the published figures beside the census's own, those that differ first; for people their counts by verdict before.

    For people the rulebook that reports lead with alone, unless another is asked for. Raises QueryError.
    """
    with open_snapshot(current_snapshot(settings)) as con:
        known = [book for (book,) in con.execute("select distinct rulebook from reconciliation order by rulebook").fetchall()]
        if rulebook and known and rulebook not in known:
            raise QueryError(f"there is no rulebook {rulebook}; there are {', '.join(known)}")
        asked = {"year": year, "rulebook": rulebook or (None if form else settings.lead_rulebook)}
        counts = _ask(con, statement("reports/reconciliation_counts"), asked)
        names, rows = _ask(con, statement("reports/reconciliation_rows"), asked)
    if form is None:
        tell(*counts, form, "Published figures by verdict")
        rows = [[_told(value) for value in row] for row in rows]
    tell(names, rows, form, "Published figures beside the census")


def _told(value: Any) -> Any:
    """A figure with commas, and a share with four decimals; any other value as it is."""
    if not isinstance(value, float):
        return value
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}" if abs(value) >= 100 else f"{value:.4f}"


def _ask(
    con: duckdb.DuckDBPyConnection, text: str, parameters: Sequence[Any] | dict[str, Any] = ()
) -> tuple[list[str], Sequence[Sequence[Any]]]:
    """The columns and rows of a query's result. Raises QueryError."""
    try:
        if not _only_asks(con, text):
            raise QueryError("only a query can be answered, and there must be one: select …, from …, describe …, explain …")
        result = con.execute(text, parameters or None)
        return columns_and_rows(result)
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
