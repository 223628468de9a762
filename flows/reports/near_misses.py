"""Villages that one criterion alone keeps from the status, and by little: `census show near-misses`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import duckdb

from flows.engine import create_table, execute, insert_rows
from flows.reports.text import as_decimal
from flows.rules import Rulebook
from flows.rules.expression import units
from flows.rules.rulebook import Criterion
from flows.rules.weighing import ways

NEAR_MISSES = "near-misses"
"""Its name beside the published tables."""
NEAR_MISSES_KEY = ("year", "rulebook", "village_code")
_WAYS = {
    "rulebook": "varchar",
    "first_year": "integer",
    "last_year": "integer",
    "way": "integer",
    "place": "integer",
    "criterion": "varchar",
    "metric": "varchar",
    "over": "varchar",
    "op": "varchar",
    "threshold": "decimal(38, 6)",
    "numerator": "hugeint",
    "denominator": "hugeint",
    "metric_units": "hugeint",
    "over_units": "hugeint",
}


def tell_people(names: Sequence[str], rows: Sequence[Sequence[Any]], rulebooks: Sequence[Rulebook]) -> None:
    """Prints near misses, each with what is needed, what there is and what is lacking."""
    from flows.reports.tables import as_dicts
    from flows.reports.words import console, gap, has, label, needs, say, table

    to, told = console(), []
    on = {book.name: book.platforms.village_active_shops for book in rulebooks}
    for row in as_dicts(names, rows):
        metric, _, over = row["criterion"].partition(" / ")
        criterion = Criterion(metric, over or None, row["operator"], Fraction(row["threshold"]))
        value = Fraction(row["value"])
        lacks = f"needs {needs(criterion)}, has {has(criterion, value)}: {gap(criterion, value, False)}"
        place = f"{row['village']}, {row['county']}\n{row['village_code']}"
        told.append((str(row["year"]), row["rulebook"], place, f"{label(criterion, on[row['rulebook']])}: {lacks}"))
    if told:
        table(to, "", ("year", "rulebook", "village", "the one condition that is not met"), told)
    say(to, f"{len(told):,} near misses: villages that one condition alone keeps from the status, and by less than a tenth.")
    if told:
        say(to, f"Next: census explain {rows[0][names.index('village_code')]} --year {rows[0][0]} --rulebook {rows[0][1]}")


def make_near_misses(con: duckdb.DuckDBPyConnection, rulebooks: Sequence[Rulebook]) -> None:
    """Makes the view near-misses over a snapshot's tables."""
    create_table(con, "ways", _WAYS)
    insert_rows(con, "ways", [row for book in rulebooks for row in _ways(book)])
    execute(con, "reports/near_misses")


def _ways(book: Rulebook) -> Iterator[tuple[Any, ...]]:
    """The rows of the table ways: of each rule on villages, each way to meet it, each criterion of that way."""
    for rule in book.village:
        for way, criteria in enumerate(ways(rule.criteria)):
            for place, leaf in enumerate(criteria):
                of, per = units(leaf.metric), units(leaf.over or "")
                exact = Fraction(leaf.value) * of / per
                name = f"{leaf.metric} / {leaf.over}" if leaf.over else leaf.metric
                yield (
                    *(book.name, rule.first_year, rule.last_year, way, place, name, leaf.metric, leaf.over, leaf.op),
                    *(as_decimal(Fraction(leaf.value)), exact.numerator, exact.denominator, of, per),
                )
