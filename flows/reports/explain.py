"""Why a place has the status, or has not (`census explain`): the facts, from the current snapshot and the rulebooks.

`flows.reports.explained` tells them to people.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import duckdb

from flows.engine import execute
from flows.places import as_read
from flows.reports.tables import QueryError, as_dicts, columns_and_rows, current_snapshot, open_snapshot, rules_of, tell
from flows.reports.text import as_decimal
from flows.rules import Rulebook, Window
from flows.rules.rulebook import FLAG, ActiveRule, AllOf, AnyOf, Criterion, Rule, TownshipRule, Tree, VillageRule, leaves
from flows.rules.weighing import Weighed, weigh

if TYPE_CHECKING:
    from flows.settings import Settings

LARGEST = 10
"""So many shops are told of those that counted, and of those that did not."""
_SUGGESTIONS = 20

Row = dict[str, Any]


class Contradiction(RuntimeError):
    """What a rulebook gives for the published figures is not what is published: a fault of the program."""


@dataclass(frozen=True, slots=True)
class Place:
    """A village or township through time. `code` and `name` are those of the year that is told."""

    level: str
    id: str
    code: str
    name: str
    above: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict of the year: the place's row, the rule, whether its kind of unit is met (None = any), the criteria."""

    row: Row
    rule: VillageRule | TownshipRule
    met_unit: bool | None
    criteria: Weighed


@dataclass(frozen=True, slots=True)
class Report:
    """All that is told. `judged` is None where the place has no row in the year; `villages` are those of a township.

    `reasons` tells of each shop that did not count why; `around` is the row of reports/shops_around; `others` are the
    verdicts of the other rulebooks; `refused` are rows in quarantine that hold its code; `province` is the name of the
    province that the rulebook is for, where it is for one.
    """

    place: Place
    year: int
    window: Window
    book: Rulebook
    active: ActiveRule | None
    platforms: tuple[str, ...] | None
    judged: Judged | None
    counted: list[Row]
    reasons: list[tuple[str, Row]]
    around: Row
    villages: list[Row]
    years: list[Row]
    others: list[Row]
    refused: list[Row]
    files: list[Row]
    snapshot: Row
    province: str | None


def explain(settings: Settings, asked: str, year: int | None, rulebook: str | None, form: str | None) -> None:
    """Prints why a place has the status in a year under a rulebook, or has not. Raises QueryError."""
    with open_snapshot(current_snapshot(settings)) as con:
        report = _report(con, settings, as_read(asked), year, rulebook or settings.lead_rulebook)
    if form == "csv":
        rows = list(criteria_rows(report))
        tell(list(rows[0]) if rows else ["criterion"], [list(row.values()) for row in rows], form)
    elif form == "json":
        sys.stdout.write(json.dumps(_document(report), ensure_ascii=False, default=str) + "\n")
    else:
        from flows.reports.explained import tell_people

        tell_people(report)


def _rows(con: duckdb.DuckDBPyConnection, name: str, **parameters: Any) -> list[Row]:
    return as_dicts(*columns_and_rows(execute(con, f"reports/{name}", **parameters)))


def _report(con: duckdb.DuckDBPyConnection, settings: Settings, asked: str, year: int | None, rulebook: str) -> Report:
    rules = rules_of(con, settings)
    books = {book.name: book for book in rules.rulebooks}
    if rulebook not in books:
        raise QueryError(f"there is no rulebook {rulebook!r}; there are {', '.join(books)}")
    book, year = books[rulebook], _covered(con, year)
    found = _find(con, asked, year, book.name)
    level = found["level"]
    years = _rows(con, f"{level}_years", rulebook=book.name, id=found["id"])
    row = _row_of(years, asked, year)
    shown = row or found
    place = Place(level, found["id"], row["code"] if row else found["id"], shown["name"], shown["above"])
    window = rules.calendar.window(year)
    shops = _rows(con, "shops_of_place", year=year, code=place.code, last_day=window.last_day) if row else []
    township = (row or (years[-1] if years else {})).get("township_code")
    active = next((rule for rule in book.active if rule.covers(year)), None)
    platforms = book.platforms.village_active_shops if level == "village" else book.platforms.active_shops
    reasons = [_reason(shop, active, platforms) for shop in shops]
    report = Report(
        place=place,
        year=year,
        window=window,
        book=book,
        active=active,
        platforms=platforms,
        judged=_judged(book, level, year, row, bool(shops)) if row else None,
        counted=[shop for shop, reason in zip(shops, reasons, strict=True) if reason is None],
        reasons=[(reason, shop) for shop, reason in zip(shops, reasons, strict=True) if reason is not None],
        around=_rows(con, "shops_around", level=level, id=place.id, year=year, township_code=township)[0],
        villages=_rows(con, "town_villages", year=year, rulebook=book.name, code=place.code) if level == "township" else [],
        years=years,
        others=_rows(con, "other_rulebooks", year=year, code=place.code, rulebook=book.name),
        refused=_rows(con, "refused_rows", code=place.code),
        files=_rows(con, "files"),
        snapshot=_rows(con, "this_snapshot")[0],
        province=_rows(con, "province_names", code=book.province)[0]["province"] if book.province else None,
    )
    _check(report)
    return report


# ------------------------------------------------------------------------------------------------------------
# Which place, which year


def _covered(con: duckdb.DuckDBPyConnection, year: int | None) -> int:
    """The year, which the snapshot must cover; the newest where none is given. Raises QueryError."""
    covered = [covered for (covered,) in con.execute("select distinct year from headline order by year").fetchall()]
    if not covered:
        raise QueryError("no year is covered yet: no order counts")
    if year is not None and year not in covered:
        raise QueryError(f"{year} is not covered; the census covers {covered[0]} to {covered[-1]}")
    return int(covered[-1] if year is None else year)


def _find(con: duckdb.DuckDBPyConnection, asked: str, year: int, rulebook: str) -> Row:
    """The one place that a text means. Raises QueryError with those that it could mean."""
    found = _rows(con, "places_called", place=asked, year=year) if asked else []
    if len(found) == 1 and not found[0]["is_like"]:
        return found[0]
    if not found:
        raise QueryError(_within(con, asked, year, rulebook) or _unknown(asked))
    lines = _suggested(found)
    said = f"no place is called {asked!r}, but like it" if found[0]["is_like"] else f"{len(found)} places are called {asked!r}"
    raise QueryError("\n".join([f"{said}:", *lines, f"Next: census explain CODE, such as census explain {found[0]['id']}"]))


def _suggested(places: Sequence[Row], code: str = "id") -> list[str]:
    lines = [
        f"  {place[code]:<12}  {place['name']}, {place['above']}{' (has the status)' if place.get('has_status') else ''}"
        for place in places[:_SUGGESTIONS]
    ]
    return [*lines, f"  and {len(places) - _SUGGESTIONS:,} more"] if len(places) > _SUGGESTIONS else lines


def _unknown(asked: str) -> str:
    return (
        f"no village or township with shops is {asked!r}.\n"
        "Give the code of a village (12 digits) or township (9 digits), or its name, such as 370725104223 or 丁楼村.\n"
        "A place where no shop ever had an order that counts is not in the census.\n"
        f"Next: census place {asked or 'NAME'} tells its codes; census locate ADDRESS tells what an address means"
    )


def _within(con: duckdb.DuckDBPyConnection, asked: str, year: int, rulebook: str) -> str | None:
    """What to say of a text that means a county or province; None where it does not."""
    places = _rows(con, "places_within", place=asked, year=year, rulebook=rulebook) if asked else []
    if not places:
        return None
    within = places[0]["within"]
    counts = [sum(place["level"] == level for place in places) for level in ("village", "township")]
    told = f"{counts[0]:,} villages and {counts[1]:,} townships"
    return "\n".join([
        f"{asked!r} is a {within}; explain tells of one village or township at a time.",
        f"{told} of it are in the census of {year}. Under {rulebook}, those with the status first, then those with most sales:",
        *_suggested(places, "code"),
        f"Next: census explain CODE, such as census explain {places[0]['code']}; census show {within}_year tells of the {within}",
    ])  # fmt: skip


def _row_of(years: Sequence[Row], asked: str, year: int) -> Row | None:
    """The place's row of the year; of several codes that later became one, the one asked for. Raises QueryError."""
    rows = [row for row in years if row["year"] == year]
    chosen = [row for row in rows if asked == row["code"]] or rows
    if len(chosen) > 1:
        lines = [f"  {row['code']}  {row['name']}, {row['above']}" for row in chosen]
        raise QueryError("\n".join([f"in {year} it was several places:", *lines, "Next: census explain CODE"]))
    return chosen[0] if chosen else None


# ------------------------------------------------------------------------------------------------------------
# The verdict


def _judged(book: Rulebook, level: str, year: int, row: Row, has_shops: bool) -> Judged | None:
    rule = next((rule for rule in (book.village if level == "village" else book.township) if rule.covers(year)), None)
    if rule is None:
        return None
    if isinstance(rule, VillageRule):
        criteria = weigh(rule.criteria, row)
        met_unit = None if rule.units is None else row["unit_type"] in rule.units
    else:
        trees = tuple(tree for tree in (rule.villages, rule.sales) if tree)
        criteria, met_unit = weigh(trees[0] if len(trees) == 1 else AnyOf(trees), row), None
    if (criteria.is_met and met_unit is not False and has_shops) != row["has_status"]:
        raise Contradiction(f"{row['code']} in {year}: the criteria of {book.name} give another verdict than is published")
    return Judged(row, rule, met_unit, criteria)


def _reason(shop: Row, active: ActiveRule | None, platforms: Sequence[str] | None) -> str | None:
    """Why a shop does not count: the first thing that is not met; None where it counts."""
    if active is None:
        return "no rule"
    tree = active.criteria
    for item in tree.items if isinstance(tree, AllOf) else (tree,):
        if not weigh(item, shop).is_met:
            return _kind(item)
    return "other platform" if platforms is not None and shop["platform"] not in platforms else None


def _kind(item: Tree) -> str:
    """What is wrong with a shop that does not meet a criterion."""
    metrics = {leaf.metric for leaf in leaves(item)}
    known = {FLAG: "closed", "days_open": "too young", "transactions_last_3_months": "too few recent orders"}
    (first, *others) = metrics
    return "not active" if others or first not in known else known[first]


def _check(report: Report) -> None:
    """Raises Contradiction where the shops do not add up to the published figures."""
    if report.judged is None:
        return
    row = report.judged.row
    sales = sum((shop["sales"] for shop in all_shops(report) if sells(report, shop)), Decimal(0))
    if (len(report.counted), sales) != (row["active_shops"], row["sales"]):
        raise Contradiction(f"{row['code']} in {report.year}: its shops do not add up to the published figures")


def all_shops(report: Report) -> list[Row]:
    """All shops placed there, whether they count as active or not."""
    return [*report.counted, *(shop for _, shop in report.reasons)]


def sells(report: Report, shop: Row) -> bool:
    """Whether a shop's sales count."""
    return report.book.platforms.sales is None or shop["platform"] in report.book.platforms.sales


# ------------------------------------------------------------------------------------------------------------
# For machines


def margin(criterion: Criterion, value: Fraction | None) -> Fraction | None:
    """How far a value is over a criterion's threshold; None where it is unknown."""
    return None if value is None else value - Fraction(criterion.value)


def walk(weighed: Weighed, position: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Weighed]]:
    """A tree and all below it, each with its position: (2, 1) is the first item of the second."""
    yield position, weighed
    for number, item in enumerate(weighed.items, 1):
        yield from walk(item, (*position, number))


def criteria_rows(report: Report) -> Iterator[Row]:
    """Grain: one row per criterion, and per group of criteria, of the verdict. Contract, section 4."""
    if report.judged is None:
        return
    row, rule = report.judged.row, report.judged.rule
    place = {"year": report.year, "rulebook": report.book.name, "code": row["code"], "place": row["name"]}
    nothing = dict.fromkeys(("value", "operator", "threshold", "margin", "margin_percent"))
    if isinstance(rule, VillageRule) and rule.units is not None:
        asked = {"value": row["unit_type"], "operator": "in", "threshold": " ".join(rule.units)}
        yield {**place, "position": "unit", "criterion": "unit_type", **nothing, **asked, "is_met": report.judged.met_unit}
    for position, weighed in walk(report.judged.criteria):
        told = {**place, "position": ".".join(map(str, position)) or "0"}
        if not isinstance(weighed.tree, Criterion):
            group = "all of" if isinstance(weighed.tree, AllOf) else "any of"
            yield {**told, "criterion": group, **nothing, "is_met": weighed.is_met}
            continue
        yield {**told, **_criterion_row(weighed.tree, margin(weighed.tree, weighed.value)), "is_met": weighed.is_met}


def _criterion_row(criterion: Criterion, over_by: Fraction | None) -> Mapping[str, Any]:
    threshold = Fraction(criterion.value)
    by = None if over_by is None else as_decimal(over_by)
    return {
        "criterion": f"{criterion.metric} / {criterion.over}" if criterion.over else criterion.metric,
        "value": None if by is None else as_decimal(threshold) + by,
        "operator": criterion.op,
        "threshold": as_decimal(threshold),
        "margin": by,
        "margin_percent": None if over_by is None or not threshold else as_decimal(over_by / threshold * 100),
    }


def _source(rule: Rule) -> Row:
    return {"words": rule.words, "source": rule.source.name, "address": rule.source.address}


def _document(report: Report) -> Row:
    """All of it as one JSON object; amounts and margins are exact decimals, as texts."""
    judged, place = report.judged, report.place
    by_reason: dict[str, list[Row]] = {}
    for reason, shop in report.reasons:
        by_reason.setdefault(reason, []).append(shop)
    return {
        "level": place.level,
        "id": place.id,
        "code": place.code,
        "name": place.name,
        "above": place.above,
        "year": report.year,
        "first_day": report.window.first_day,
        "last_day": report.window.last_day,
        "rulebook": report.book.name,
        "has_status": judged.row["has_status"] if judged else None,
        "change": judged.row["change"] if judged else None,
        "is_provisional": judged.row["is_provisional"] if judged else None,
        "rule": _source(judged.rule) if judged else None,
        "criteria": list(criteria_rows(report)),
        "active_rule": _source(report.active) if report.active else None,
        "counted": {"shops": len(report.counted), "largest": report.counted[:LARGEST]},
        "not_counted": [
            {"reason": reason, "shops": len(shops), "largest": shops[:LARGEST]} for reason, shops in by_reason.items()
        ],
        "around": report.around,
        "villages": report.villages,
        "years": report.years,
        "other_rulebooks": report.others,
        "refused_rows": report.refused,
        "files": report.files,
        "snapshot": report.snapshot["snapshot"],
        "made_at": report.snapshot["made_at"],
        "as_of": report.snapshot["as_of"],
    }
