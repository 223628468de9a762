"""Shops and figures put in the divisions of a year's edition."""

from __future__ import annotations

import duckdb

from flows.engine import execute


def find_places(con: duckdb.DuckDBPyConnection) -> None:
    """Makes shop_addresses, the figures' current versions, and divisions: those that this run can meet, with their steps."""
    _run(con, "shop_addresses", "listed_places", "addresses", "coded_addresses", "worded_addresses", "division_children", "named_divisions")
    _run(con, "village_figures", "county_figures")
    _run(con, "relevant_codes", "divisions", "steps_forward", "steps_backward")


def place_shops(con: duckdb.DuckDBPyConnection) -> None:
    """Makes shop_places: where each shop is in each statistical year."""
    _run(con, "wanted_addresses", "starts", "named_addresses", "address_divisions", "address_starts")
    _run(con, "carried", "resolved_addresses", "shop_places")


def carry_figures(con: duckdb.DuckDBPyConnection) -> None:
    """Makes figures: households of villages and population of counties by statistical year and code of its edition."""
    _run(con, "wanted_figures", "starts", "carried", "figures")


def _run(con: duckdb.DuckDBPyConnection, *names: str) -> None:
    for name in names:
        execute(con, f"places/{name}")
