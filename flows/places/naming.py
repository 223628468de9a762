"""Addresses in words: which divisions they could mean (contract, section 2, "Addresses").

In:  the connection's tables addresses (address, target), known_addresses, and the reference tables.
Out: the table named_addresses (address, target, edition, code); on the way named (every reading) and address_readings.

A text is read level by level, from the province to the village. Each level looks only at the divisions below those that
were named, so that a few addresses cost little, and all villages of the country fit into memory.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import duckdb

from flows.engine import ROOT, digest_of, execute, execute_folder, scalar, set_variables, statement

_CHARACTERS = ROOT / "data" / "reference" / "characters.csv"
_TEXTS_AND_NAMES = (
    "held_divisions",
    "all_held_divisions",
    "load_characters",
    "traditional_characters",
    "unusual_characters",
    "worded_addresses",
    "unusual_texts",
    "texts",
    "gazetteer",
    "named",
)


class _Step(NamedTuple):
    """Looks for names of `digits` below divisions of `above` digits: in which readings, and what these become."""

    above: int
    digits: int
    reading: int = 0
    becomes: int = 0
    skips: bool = False


_TO_COUNTY = (_Step(0, 2), _Step(0, 4), _Step(2, 4), _Step(0, 6), _Step(2, 6), _Step(4, 6))
"""Provinces and prefectures may be left out."""
_AGAIN_TO_COUNTY = tuple(step._replace(reading=6, becomes=0 if step.digits == 6 else 6) for step in _TO_COUNTY)
_TO_TOWNSHIP = (_Step(6, 9),)
_OTHERWISE_TO_TOWNSHIP = (_Step(6, 9, 9), _Step(4, 9, 9, skips=True))
_TO_VILLAGE = (_Step(9, 12),)
_OTHERWISE_TO_VILLAGE = (_Step(9, 12, 12), _Step(6, 12, 12, skips=True))


def named_addresses_file(reference: str) -> str:
    """The name of the file that keeps what was found of addresses, by the digest of the reference tables.

    What a text means depends on these and on the statements; another name is another file, so nothing stale is read.
    """
    digest = hashlib.sha256(f"{reference} {digest_of('places')}".encode())
    return f"named_addresses-{digest.hexdigest()[:16]}.parquet"


def name_addresses(con: duckdb.DuckDBPyConnection, known: Path | None = None, keep_readings: bool = False) -> None:
    """Makes named_addresses: what an earlier run kept in the file `known`, and what is found now.

    `keep_readings` leaves the tables of the readings for those who ask why.
    """
    execute(con, "places/known_addresses")
    if known and known.exists():
        set_variables(con, known_addresses_path=str(known))
        execute(con, "places/load_known_addresses")
    execute(con, "places/named_addresses")
    execute(con, "places/unknown_addresses")
    if keep_readings or scalar(con, "select count(*) from unknown_addresses"):
        _read_addresses(con, tells=keep_readings)
        execute(con, "places/newly_named_addresses")
    if not keep_readings:
        for table in ("named", "address_readings", "gazetteer", "texts", "unusual_texts", "worded_addresses"):
            con.execute(f"drop table if exists {table}")  # the largest of a run, and not needed again


def _read_addresses(con: duckdb.DuckDBPyConnection, tells: bool) -> None:
    """Makes named, every reading of the unknown addresses, and address_readings, those that name a county or what is below it.

    `tells`: whether the readings keep their words.
    """

    def name(steps: tuple[_Step, ...]) -> None:
        for step in steps:
            execute(con, "places/name_level", **step._asdict(), tells=tells)

    execute_folder(con, "places/macros")
    set_variables(con, characters_path=str(_CHARACTERS))
    for made in _TEXTS_AND_NAMES:
        execute(con, f"places/{made}")
    name(_TO_COUNTY)
    execute(con, "places/drop_shadows")
    execute(con, "places/begin_again")
    name(_AGAIN_TO_COUNTY)
    execute(con, "places/drop_shadows")
    name(_TO_TOWNSHIP)
    execute(con, "places/read_otherwise", digits=9)
    name(_OTHERWISE_TO_TOWNSHIP)
    execute(con, "places/gazetteer_villages", above=9, reading=0)
    name(_TO_VILLAGE)
    execute(con, "places/read_otherwise", digits=12)
    execute(con, "places/gazetteer_villages", above=6, reading=12)
    name(_OTHERWISE_TO_VILLAGE)
    execute(con, "places/address_readings", tells=tells)


def keep_named_addresses(con: duckdb.DuckDBPyConnection, path: Path, carried: Path | None = None) -> None:
    """Writes what this run knows of addresses in words, for later runs; nothing where there are none.

    `carried` is the file that an earlier run kept, where this one carries rows of it: what it has stays known.
    """
    columns = ("address", "target", "edition", "code")
    con.table("known_addresses").limit(0).create_view("carried_addresses", replace=True)
    if carried and carried.exists():
        con.from_parquet(str(carried)).select(*columns).create_view("carried_addresses", replace=True)
    kept = con.sql(statement("places/looked_up_addresses"))
    if kept.limit(1).fetchall():
        kept.write_parquet(str(path), compression="zstd")
