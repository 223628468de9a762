"""Looking places up: what addresses mean (`locate`), and one place through time (`place`)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flows.engine import execute
from flows.places import as_read, locate_addresses
from flows.reports.tables import QueryError, columns_and_rows, scratch_connection, tell

if TYPE_CHECKING:
    from flows.settings import Settings

_NEWEST = 9999
"""A statistical year whose edition is the newest."""


def locate(settings: Settings, addresses: Sequence[str], year: int | None, form: str | None) -> None:
    """Prints what each address resolves to in a statistical year (or the newest edition), and what it does not mean.

    Raises WrongReference.
    """
    with scratch_connection(settings) as con:
        locate_addresses(con, settings.divisions, addresses, _NEWEST if year is None else year)
        names, rows = columns_and_rows(execute(con, "places/located"))
        found = {row[0]: row for row in rows}
        nothing = (None,) * (len(names) - 1)
        tell(names, [found.get(as_read(address), (address, *nothing)) for address in addresses], form, "Addresses")
        if form is None:
            names, refused = columns_and_rows(execute(con, "places/refused_readings"))
            if refused:
                tell(names, refused, form, "Not meant")


def place(settings: Settings, asked: str, form: str | None) -> None:
    """Prints a place, told by its code or by words, in every edition. Raises QueryError where no edition has it."""
    with scratch_connection(settings) as con:
        locate_addresses(con, settings.divisions, [asked])
        names, rows = columns_and_rows(execute(con, "places/place_history", address=as_read(asked)))
        title = "Editions"
        if not rows:
            names, rows = columns_and_rows(execute(con, "places/divisions_called", called=as_read(asked)))
            title = "Places of this name. Next: census place CODE"
        if not rows:
            raise QueryError(f"no edition has a place {asked!r}: give a code, a name, or an address")
        tell(names, rows, form, title)


def read_column(path: Path, column: str) -> list[str]:
    """The values of a column of a CSV file, in UTF-8 or GB18030. Raises QueryError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise QueryError(f"{path}: {error.strerror}") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if column not in (rows.fieldnames or ()):
        raise QueryError(f"{path} has no column {column!r}; there are {', '.join(rows.fieldnames or ())}")
    return [row[column] or "" for row in rows]
