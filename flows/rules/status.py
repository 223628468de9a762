"""Who has the status: rulebooks evaluated over the placed shops of every year (contract, sections 3 to 5).

In:  the connection's tables shop_year, orphaned_years, years, figures, divisions and steps, shop_addresses, listed_places
     and resolved_addresses; rulebooks.
Out: the tables village_status, township_status, county_year, province_year, headline, reconciliation, village_history,
     list_match, unplaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
from duckdb import ColumnExpression, ConstantExpression, Expression, FunctionExpression, StarExpression

from flows.engine import create_table, execute, identifier, insert_rows, scalar
from flows.rules.expression import by_year, expression, met, met_unit
from flows.rules.rulebook import Rulebook
from flows.schema import SQL_TYPES, published_tables

STATUS_TABLES = (
    "village_status",
    "township_status",
    "county_year",
    "province_year",
    "headline",
    "reconciliation",
    "village_history",
)


def evaluate(
    con: duckdb.DuckDBPyConnection, rulebooks: Sequence[Rulebook], published_figures: Path, published_metrics: Path
) -> None:
    """Evaluates every rulebook for every year."""
    execute(con, "rules/published_metrics", path=str(published_metrics))
    execute(con, "rules/published_values", path=str(published_figures))
    execute(con, "rules/published_figures")
    for name in STATUS_TABLES:
        create_table(con, name, {c.name: SQL_TYPES[c.type] for c in published_tables()[name].columns})
    for name in (
        "rules/listed_codes",
        "rules/unplaced_shops",
        "rules/placed_codes",
        "rules/used_codes",
        "rules/followed",
        "rules/identities",
        "rules/used_places",
        "places/names",
        "rules/place_names",
    ):
        execute(con, name)
    years = [year for (year,) in con.execute("select year from years order by year").fetchall()]
    for book in rulebooks:
        _evaluate(con, book, years)
    create_table(con, "rulebook_provinces", {"rulebook": "varchar", "province": "varchar"})
    insert_rows(con, "rulebook_provinces", [(book.name, book.province) for book in rulebooks])
    execute(con, "rules/reconciliation")
    _match_lists(con, rulebooks)
    execute(con, "rules/unplaced")


def _match_lists(con: duckdb.DuckDBPyConnection, rulebooks: Sequence[Rulebook]) -> None:
    """Grain: one row per year and place on a published list, with a column a rulebook. Contract 5, list_match."""
    execute(con, "rules/listed_villages")
    having_it = ColumnExpression("rulebooks")
    verdicts = [
        FunctionExpression("list_contains", having_it, ConstantExpression(book.name)).alias(f"in_{book.name}")
        for book in rulebooks
    ]
    con.execute("drop table if exists list_match")
    con.table("listed_villages").select(StarExpression(exclude=["rulebooks"]), *verdicts).create("list_match")


def _evaluate(con: duckdb.DuckDBPyConnection, book: Rulebook, years: Sequence[int]) -> None:
    _rule_shops(con, book)
    execute(con, "rules/place_measures")
    execute(con, "rules/village_measures")
    _settle(con, book, "village")
    execute(con, "rules/village_history", rulebook=book.name)
    execute(con, "rules/village_status", rulebook=book.name)
    execute(con, "rules/township_measures")
    _settle(con, book, "township")
    execute(con, "rules/township_status", rulebook=book.name)
    execute(con, "rules/county_measures")
    _judge(con, "county_measures", "county_verdicts", [_is_tier(book, tier) for tier in ("cluster", "large", "super")])
    execute(con, "rules/county_year", rulebook=book.name)
    execute(con, "rules/province_year", rulebook=book.name)
    con.execute("create or replace temp table jobs (year integer, numerator bigint, denominator bigint)")
    per_shop = [(year, rule.per_active_shop) for year in years for rule in book.jobs if rule.covers(year)]
    insert_rows(con, "jobs", [(year, jobs.numerator, jobs.denominator) for year, jobs in per_shop])
    execute(con, "rules/headline", rulebook=book.name)


def _rule_shops(con: duckdb.DuckDBPyConnection, book: Rulebook) -> None:
    """Grain: one row per statistical year and placed or unplaced shop that the rulebook looks at, with what it counts for."""
    shops = con.table("shop_year")
    if book.province:
        shops = shops.filter(ColumnExpression("province_code") == ConstantExpression(book.province))
    shops.select(
        StarExpression(),
        by_year(book.active, lambda rule: expression(rule.criteria), False).alias("is_active"),
        _on(book.platforms.sales).alias("in_sales"),
        _on(book.platforms.village_active_shops).alias("in_village_shops"),
        _on(book.platforms.active_shops).alias("in_active_shops"),
    ).create_view("rule_shops", replace=True)


def _on(platforms: Iterable[str] | None) -> Expression:
    return ConstantExpression(True) if platforms is None else ColumnExpression("platform").isin(*platforms)


def _settle(con: duckdb.DuckDBPyConnection, book: Rulebook, level: str) -> None:
    """Judges the places of a level, adds those that lost the status, and tells how each one's status changed."""
    verdicts = {"village": _village_verdicts(book), "township": _township_verdicts(book)}[level]
    added = {"village": "rules/added_villages", "township": "rules/added_townships"}[level]
    measures, judged = f"{level}_measures", f"{level}_verdicts"
    _judge(con, measures, judged, verdicts)
    con.execute(f"create or replace temp view candidates as select year, edition, code, has_status from {identifier(judged)}")
    execute(con, "rules/status_years")
    execute(con, "rules/lost_places")
    if scalar(con, "select count(*) from lost_places"):
        execute(con, added)
        _judge(con, measures, judged, verdicts)
    execute(con, "rules/changes")


def _is_tier(book: Rulebook, tier: str) -> Expression:
    return by_year(book.cluster, lambda rule: expression(getattr(rule, tier)), False).alias(f"is_{tier}")


def _judge(con: duckdb.DuckDBPyConnection, measures: str, judged: str, verdicts: Sequence[Expression]) -> None:
    con.execute(f"drop table if exists {identifier(judged)}")
    con.table(measures).select(StarExpression(), *verdicts).create(judged)


def _village_verdicts(book: Rulebook) -> list[Expression]:
    rules = book.village
    unit = by_year(rules, lambda rule: met_unit(rule.units))
    won = by_year(rules, lambda rule: expression(rule.criteria) & _unless_false(met_unit(rule.units)), False)
    return [
        unit.alias("met_unit"),
        by_year(rules, lambda rule: met(rule.criteria, metric="sales")).alias("met_sales"),
        by_year(rules, lambda rule: met(rule.criteria, metric="active_shops")).alias("met_shops"),
        by_year(rules, lambda rule: met(rule.criteria, over="households")).alias("met_households"),
        by_year(rules, lambda rule: ColumnExpression(rule.household_share)).alias("household_share_of"),
        (won & (ColumnExpression("is_added") == ConstantExpression(False))).alias("has_status"),
    ]


def _unless_false(condition: Expression) -> Expression:
    """True also where a criterion does not exist."""
    return duckdb.CoalesceOperator(condition, ConstantExpression(True))


def _township_verdicts(book: Rulebook) -> list[Expression]:
    def by(tree: str) -> Expression:
        return by_year(book.township, lambda rule: expression(getattr(rule, tree)), False)

    not_added = ColumnExpression("is_added") == ConstantExpression(False)
    return [
        (by("villages") & not_added).alias("by_villages"),
        (by("sales") & not_added).alias("by_sales"),
        ((by("villages") | by("sales")) & not_added).alias("has_status"),
    ]
