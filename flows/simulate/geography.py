"""The real places that a simulation may use: villages that can be followed through the editions, townships, published lists."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from flows.engine import create_table, execute, identifier
from flows.places import as_read, locate_addresses
from flows.simulate.targets import FIRST_EDITION, LAST_EDITION, LISTED
from flows.simulate.towns import Seat

_PARTS = ("province", "city", "county", "town", "village")

Lists = dict[int, list[str]]
"""Places by year, each in one text."""


def read_lists(reference: Path) -> Lists:
    """The published lists of Taobao villages."""
    lists: Lists = defaultdict(list)
    with (reference / "taobao-village-lists.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            lists[int(row["year"])].append("".join(row[part] for part in _PARTS))
    return dict(lists)


def load_places(
    con: duckdb.DuckDBPyConnection, reference: Path, lists: Lists
) -> tuple[dict[str, list[Seat]], dict[int, dict[str, int]]]:
    """Makes seats and seated_lines. Returns the seats by county, and what `_elsewhere` tells by year."""
    locate_addresses(con, reference, {place for places in lists.values() for place in places}, FIRST_EDITION, tells=False)
    found = dict(con.execute("select address, code from resolved_addresses").fetchall())
    codes = {year: [found.get(as_read(place)) or "" for place in places] for year, places in lists.items()}
    create_table(con, "listed", {"year": "integer", "code": "varchar"})
    rows = sorted({(year, code) for year, known in codes.items() for code in known if len(code) == 12})
    insert_columns(con, "listed", rows)
    execute(con, "simulate/village_steps", first=FIRST_EDITION, last=LAST_EDITION)
    for name in ("lines", "seats", "seated_lines"):
        execute(con, f"simulate/{name}")
    seats: dict[str, list[Seat]] = defaultdict(list)
    for number, townships, counties, villages, usable, listed, is_urban in execute(con, "simulate/seat_capacities").fetchall():
        on_lists = dict(zip(LISTED, listed, strict=True))
        seat = Seat(number, tuple(townships), tuple(counties), villages, tuple(usable), on_lists, is_urban)
        seats[seat.county].append(seat)
    return dict(seats), {year: _elsewhere(con, known) for year, known in codes.items()}


def _elsewhere(con: duckdb.DuckDBPyConnection, codes: list[str]) -> dict[str, int]:
    """How many listed places no usable village stands for, by the township, county or province that they lie in."""
    usable = {row[0] for row in con.execute("select code_2016 from seated_lines where len(listed_in) > 0").fetchall()}
    missing: dict[str, int] = defaultdict(int)
    seen: set[str] = set()
    for code in codes:
        if code not in usable or code in seen:
            missing[code[:9]] += 1
        seen.add(code)
    return dict(missing)


def insert_columns(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Adds some thousand rows to a table, all at once."""
    if rows:
        columns = {f"c{at}": list(column) for at, column in enumerate(zip(*rows, strict=True))}
        con.register("inserted", pa.table(columns))
        con.execute(f"insert into {identifier(table)} from inserted")
        con.unregister("inserted")
