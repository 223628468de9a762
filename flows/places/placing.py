"""Shops and figures put in the divisions of a year's edition."""

from __future__ import annotations

from pathlib import Path

import duckdb

from flows.engine import execute
from flows.places.naming import name_addresses


def find_places(con: duckdb.DuckDBPyConnection, known: Path | None = None) -> None:
    """Makes the addresses of shops and lists, resolved_addresses, and divisions: those that this run can meet.

    `known`: the file in which an earlier run kept what it found of addresses in words (see `keep_named_addresses`).
    """
    _run(con, "shop_addresses", "listed_places", "addresses")
    name_addresses(con, known)
    resolve_addresses(con)


def resolve_addresses(con: duckdb.DuckDBPyConnection) -> None:
    """Makes resolved_addresses of addresses and named_addresses; and divisions, with their steps, of these and of figures."""
    _run(con, "coded_addresses", "village_figures", "county_figures")
    _run(con, "relevant_codes", "divisions", "steps_forward", "steps_backward")
    _run(con, "wanted_addresses", "starts", "address_divisions", "address_starts", "carried", "resolved_addresses")


def place_shops(con: duckdb.DuckDBPyConnection) -> None:
    """Makes shop_places: where each shop is in each statistical year."""
    _run(con, "shop_places")


def carry_figures(con: duckdb.DuckDBPyConnection) -> None:
    """Makes figures: households of villages and population of counties by statistical year and code of its edition."""
    _run(con, "wanted_figures", "starts", "carried", "figures")


def _run(con: duckdb.DuckDBPyConnection, *names: str) -> None:
    for name in names:
        execute(con, f"places/{name}")
