"""What single addresses mean, and by which words: for people who ask. Contract, section 2, "Addresses"."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path

import duckdb

from flows.engine import create_table, execute
from flows.places.naming import name_addresses
from flows.places.placing import resolve_addresses
from flows.places.reference import load_reference

_NO_FIGURES = {
    "villages": {"village_code": "varchar", "year": "integer", "households": "bigint", "population": "bigint",
                 "recorded_at": "timestamp"},
    "counties": {"county_code": "varchar", "year": "integer", "population": "bigint", "recorded_at": "timestamp"},
}  # fmt: skip


def as_read(address: str) -> str:
    """An address as a register's is read: after NFKC and stripping. Contract 1, "How values are read"."""
    return unicodedata.normalize("NFKC", address).strip()


def locate_addresses(
    con: duckdb.DuckDBPyConnection, reference: Path, addresses: Iterable[str], year: int | None = None, tells: bool = True
) -> None:
    """Resolves addresses for a statistical year, or for every edition: makes resolved_addresses.

    `tells`: whether it also makes address_readings, for those who ask why. Raises WrongReference.
    """
    load_reference(con, reference)
    for table in ("villages", "counties"):  # no figures: nothing of them is asked
        create_table(con, table, _NO_FIGURES[table])
    create_table(con, "asked", {"address": "varchar"})
    texts = sorted({as_read(address) for address in addresses} - {""})
    con.execute("insert into asked select unnest($1::varchar[])", [texts])
    execute(con, "places/asked_addresses", year=year)
    name_addresses(con, keep_readings=tells)
    resolve_addresses(con)
