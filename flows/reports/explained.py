"""What `census explain` tells people: the facts of flows.reports.explain in plain words and short tables."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.reports.explain import LARGEST, Judged, Report, Row, margin, sells, walk
from flows.reports.text import as_decimal, printable
from flows.rules.rulebook import AllOf, Criterion, Rule, Tree, VillageRule
from flows.rules.weighing import Weighed

_OPERATORS = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most", "=": "exactly"}
_LABELS = {
    "sales": "sales in the year",
    "transactions": "orders in the year",
    "shops": "shops with an order",
    "active_shops": "active shops",
    "ecommerce_households": "households with an active shop",
    "households": "households",
    "taobao_villages": "Taobao villages in it",
    "transactions_last_3_months": "orders in the year's last three months",
    "days_open": "days since it opened",
    "open_at_year_end": "open at the year's end",
}
_ONE = {"transactions": "order in the year", "days_open": "day since it opened"}
"""Of labels that follow a one, or `per`."""
_NOUNS = {"sales": "yuan", "active_shops": "shops", "taobao_villages": "villages", "ecommerce_households": "households"}
_KINDS = {
    "village": "administrative village",
    "urban_community": "urban community",
    "urban_like": "like an urban community",
    "village_like": "like a village",
    "other": "other",
}
_CHANGES = {
    "new": "It has the status for the first time.",
    "retained": "It had the status the year before, too.",
    "returned": "It has the status again: it had it earlier, but not the year before.",
    "lost": "It has lost the status, which it had the year before.",
}
_REASONS = {
    "closed": "closed by the year's end",
    "too young": "too young: opened too short a time before the year's end",
    "too few recent orders": "too few orders in the year's last three months",
    "other platform": "on a platform that does not count here",
    "not active": "does not meet the rule on active shops",
    "no rule": "the rulebook has no rule on active shops for this year",
}


def tell_people(report: Report) -> None:
    """Prints a report."""
    console = Console(width=None if sys.stdout.isatty() else 130)
    _tell_verdict(console, report)
    if report.judged:
        _tell_shops(console, report)
    _tell_around(console, report)
    if report.villages:
        _tell_villages(console, report)
    _tell_years(console, report)
    _tell_files(console, report)


def _say(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(Text(printable(line)))


def _table(console: Console, title: str, names: Iterable[str], rows: Iterable[Sequence[str]], right: Iterable[str] = ()) -> None:
    """Prints a table for people; the columns named in `right` hold figures."""
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    console.print()
    console.print(table)


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


# ------------------------------------------------------------------------------------------------------------
# The verdict and its criteria


def _tell_verdict(console: Console, report: Report) -> None:
    place, judged = report.place, report.judged
    status = "Taobao village" if place.level == "village" else "Taobao town"
    _say(
        console,
        f"{place.name}, {place.above} ({place.level} {place.code})",
        f"Statistical year {report.year}: {_day(report.window.first_day)} to {_day(report.window.last_day)}. "
        f"Rulebook {report.book.name}: {report.book.title}",
        "",
    )
    if judged is None:
        _say(console, f"There is no verdict on it in {report.year}: {_why_nothing(report)}")
        return
    is_or_not = "IS" if judged.row["has_status"] else "is NOT"
    _say(console, f"It {is_or_not} a {status} in {report.year}. {_why(judged)}")
    if change := judged.row["change"]:
        _say(console, _CHANGES[change])
    if judged.row["is_provisional"]:
        _say(console, "This is provisional: orders of the year may still change.")
    right = ("there is", "margin")
    _table(console, "Criteria", ("criterion", "there is", "asked", "margin", "verdict"), _criteria(report, judged), right)
    _tell_rule(console, "The rule", judged.rule)


def _why_nothing(report: Report) -> str:
    province = report.book.province
    if province and not report.place.id.startswith(province):
        return f"this rulebook looks only at places of the province with the code {province}."
    if any(row["year"] == report.year for row in report.years):
        return "the rulebook has no rule for this year."
    return "no shop placed there had an order that counts."


def _why(judged: Judged) -> str:
    """What is met and what not, in a sentence."""
    if judged.row["has_status"]:
        return "It meets what is asked."
    missed = [] if judged.met_unit is not False else ["the kind of place"]
    tree = judged.criteria
    for item in tree.items if isinstance(tree.tree, AllOf) else (tree,):
        if not item.is_met:
            leaves = [_label(weighed.tree) for _, weighed in walk(item) if isinstance(weighed.tree, Criterion)]
            missed.append(" or ".join(leaves))
    return f"Not met: {'; '.join(missed)}." if missed else "No shop stands there any more."


def _criteria(report: Report, judged: Judged) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    if isinstance(judged.rule, VillageRule) and judged.rule.units is not None:
        asked = " or ".join(_KINDS[unit] for unit in judged.rule.units)
        rows.append(("kind of place", _KINDS[judged.row["unit_type"]], asked, "", _met(bool(judged.met_unit))))
    for position, weighed in walk(judged.criteria):
        if isinstance(weighed.tree, Criterion):
            indent = "  " * max(len(position) - (1 if isinstance(judged.criteria.tree, AllOf) else 0), 0)
            rows.append(_criterion(indent, weighed.tree, weighed, report, judged.row))
        elif position or not isinstance(weighed.tree, AllOf):
            says = "all of these:" if isinstance(weighed.tree, AllOf) else "one of these is enough:"
            indent = "  " * max(len(position) - (1 if isinstance(judged.criteria.tree, AllOf) else 0), 0)
            rows.append((indent + says, "", "", "", _met(weighed.is_met)))
    return rows


def _met(is_met: bool) -> str:
    return "met" if is_met else "NOT met"


def _label(criterion: Criterion) -> str:
    label = _LABELS[criterion.metric]
    if criterion.over is None:
        return label
    if criterion.metric == "ecommerce_households" and _is_share(criterion):
        return f"share of {label}"
    return (
        f"{label} as a share of households"
        if _is_share(criterion)
        else f"{label} per {_ONE.get(criterion.over, _LABELS[criterion.over])}"
    )


def _is_share(criterion: Criterion) -> bool:
    """Whether a criterion is told in per cent."""
    return criterion.over == "households" and criterion.metric != "sales"


def _unit(criterion: Criterion) -> str:
    if _is_share(criterion):
        return " %"
    noun = _NOUNS.get(criterion.metric)
    return f" {noun}" if noun and (criterion.over is None or noun == "yuan") else ""


def _criterion(indent: str, criterion: Criterion, weighed: Weighed, report: Report, row: Row) -> tuple[str, ...]:
    """A criterion's row: value, threshold, and by how much the one is over the other."""
    label = indent + _label(criterion)
    if report.platforms is not None and criterion.metric in ("active_shops", "ecommerce_households"):
        label += f" ({', '.join(report.platforms)})"
    over_by, threshold = margin(criterion, weighed.value), Fraction(criterion.value)
    if over_by is None:
        lacking = _LABELS[criterion.over or criterion.metric]
        there_is = f"no {lacking}" if criterion.over and row[criterion.over] == 0 else f"{lacking} unknown"
        return label, there_is, _asked(criterion), "", _met(False)
    # a share is told in per cent, its margin in points; the value is threshold and margin, so that all three add up
    scale, unit = 100 if _is_share(criterion) else 1, _unit(criterion)
    asked = as_decimal(threshold * scale)
    places = max(2 if criterion.over or criterion.metric == "sales" else 0, -int(asked.as_tuple().exponent))
    by = as_decimal(over_by * scale, places)
    there_is = f"{asked + by:,.{places}f}{unit}"
    if criterion.over:
        there_is += f" ({row[criterion.metric]:,} of {row[criterion.over]:,})"
    told = _margin(by, over_by, threshold, places, " points" if _is_share(criterion) else unit)
    return label, there_is, _asked(criterion), told, _met(weighed.is_met)


def _asked(criterion: Criterion) -> str:
    scale = 100 if _is_share(criterion) else 1
    return f"{_OPERATORS[criterion.op]} {as_decimal(Fraction(criterion.value) * scale):,}{_unit(criterion)}"


def _margin(by: Decimal, exact: Fraction, threshold: Fraction, places: int, unit: str) -> str:
    """A margin, and its share of the threshold: never nought unless it is."""
    if not exact:
        return "just the threshold"
    if not threshold:
        return f"{by:+,.{places}f}{unit}"
    share = abs(exact / threshold * 100)
    told = "under 0.1" if share < Fraction(1, 10) else f"{as_decimal(share).quantize(Decimal('0.1'), ROUND_HALF_UP):,}"
    return f"{by:+,.{places}f}{unit} ({told} %)"


def _tell_rule(console: Console, title: str, rule: Rule) -> None:
    address = f" {rule.source.address}" if rule.source.address else ""
    _say(console, f"{title}: “{rule.words}” {rule.source.name}{address}")


# ------------------------------------------------------------------------------------------------------------
# The shops


def _tell_shops(console: Console, report: Report) -> None:
    reasons: dict[str, list[Row]] = {}
    for reason, shop in report.reasons:
        reasons.setdefault(reason, []).append(shop)
    number = len(report.counted) + len(report.reasons)
    _say(
        console,
        "",
        f"Its shops: {number:,} placed there had orders in the year; {len(report.counted):,} count as active shops, "
        f"{len(report.reasons):,} do not.",
    )
    if report.active:
        _say(console, f"A shop is active: {_described(report.active.criteria)}.")
        _tell_rule(console, "The rule", report.active)
    if report.platforms is not None:
        _say(console, f"Only shops on {', '.join(report.platforms)} count as active shops.")
    which = "all platforms" if report.book.platforms.sales is None else ", ".join(report.book.platforms.sales)
    _say(console, f"The sales count of all shops placed there on {which}, active or not.")
    if report.reasons:
        rows = [
            (_REASONS[reason], f"{len(shops):,}", _yuan(sum((shop["sales"] for shop in shops), Decimal(0))))
            for reason, shops in sorted(reasons.items(), key=lambda item: -len(item[1]))
        ]
        _table(console, "Shops that do not count as active", ("first reason", "shops", "sales"), rows, ("shops", "sales"))
    _say(console, "Recent orders are those of the year's last three months.")
    _tell_largest(console, report, "count as active", [("", shop) for shop in report.counted])
    _tell_largest(console, report, "do not count as active", report.reasons)


def _described(tree: Tree, inner: bool = False) -> str:
    """Criteria on a shop in words."""
    if not isinstance(tree, Criterion):
        told = (", and " if isinstance(tree, AllOf) else ", or ").join(_described(item, True) for item in tree.items)
        return f"({told})" if inner else told
    if isinstance(tree.value, bool):
        return _LABELS[tree.metric] if tree.value else f"not {_LABELS[tree.metric]}"
    label = _ONE.get(tree.metric, _label(tree)) if tree.value == 1 and not tree.over else _label(tree)
    return f"{_OPERATORS[tree.op]} {tree.value if tree.over else as_decimal(tree.value)} {label}"


def _tell_largest(console: Console, report: Report, which: str, shops: Sequence[tuple[str, Row]]) -> None:
    if not shops:
        return
    told, has_reason = shops[:LARGEST], bool(shops[0][0])
    has_closed = any(shop["closed_on"] for _, shop in told)
    names = ["shop", "platform", "sales", "orders", "recent orders", "opened"]
    names += ["closed"] * has_closed + ["reason"] * has_reason
    rows = [
        (
            *(str(shop["shop_id"]), shop["platform"], _yuan(shop["sales"]) + ("" if sells(report, shop) else " (not counted)")),
            *(f"{shop['transactions']:,}", f"{shop['transactions_last_3_months']:,}", str(shop["opened_on"])),
            *([str(shop["closed_on"] or "")] * has_closed + [reason] * has_reason),
        )
        for reason, shop in told
    ]
    shown = f"the {len(rows)} largest of {len(shops):,}" if len(shops) > len(rows) else f"all {len(rows)}"
    _table(console, f"Shops that {which}: {shown}", names, rows, ("shop", "sales", "orders", "recent orders"))


def _tell_around(console: Console, report: Report) -> None:
    around, year, lines = report.around, report.year, []
    if around["in_township_only"]:
        lines.append(
            f"{_count(around['in_township_only'], 'shop')} with sales of {_yuan(around['in_township_only_sales'])} yuan named "
            "its township and no village: for the township alone. census show unplaced tells their addresses."
        )
    if around["elsewhere"]:
        lines.append(
            f"{_count(around['elsewhere'], 'shop')} with sales of {_yuan(around['elsewhere_sales'])} yuan stood there in another "
            f"year, and elsewhere in {year}."
        )
    if around["silent"]:
        lines.append(f"{_count(around['silent'], 'shop')} stood there in another year, and had no order that counts in {year}.")
    if report.refused:
        first = report.refused[0]
        lines.append(
            f"{_count(len(report.refused), 'row')} with its code could not be used (quarantine), such as line {first['line']} of "
            f"{first['path']}: {first['reasons']}."
        )
    if around["orphaned_sales"]:
        lines.append(
            f"Orders over {_yuan(around['orphaned_sales'])} yuan in the whole census are of shops that are not in the register "
            "(orphans): where they stand is unknown."
        )
    lines.append("A shop that never had an order that counts is in no table, and so not told here.")
    _say(console, "", "Shops that one may miss:", *(f"  {line}" for line in lines))


# ------------------------------------------------------------------------------------------------------------
# Villages, years, files


def _tell_villages(console: Console, report: Report) -> None:
    having = [village for village in report.villages if village["is_taobao_village"]]
    rows = [(v["village_code"], v["village"], _yuan(v["sales"]), f"{v['active_shops']:,}") for v in having]
    title = f"Its Taobao villages in {report.year}: {len(having):,} of {_count(len(report.villages), 'village')} with shops"
    if rows:
        _table(console, title, ("code", "village", "sales", "active shops"), rows, ("sales", "active shops"))
    else:
        _say(console, "", title)


def _tell_years(console: Console, report: Report) -> None:
    if not report.years:
        return
    of_villages = report.place.level == "village"
    last = "of its households" if of_villages else "Taobao villages"
    has_moved = {(row["code"], row["name"]) for row in report.years} != {(report.place.code, report.place.name)}
    names = ("year", *(("code", "name") if has_moved else ()), "status", "change", "sales", "active shops", last)
    rows = [
        (
            *(f"{row['year']}{' p' if row['is_provisional'] else ''}", *((row["code"], row["name"]) if has_moved else ())),
            *("yes" if row["has_status"] else "no", row["change"] or "", _yuan(row["sales"]), f"{row['active_shops']:,}"),
            _households(report, row) if of_villages else f"{row['taobao_villages']:,}",
        )
        for row in report.years
    ]
    _table(console, f"The years, under {report.book.name}", names, rows, ("sales", "active shops", last))
    if any(row["is_provisional"] for row in report.years):
        _say(console, "p: provisional, orders of the year may still change.")


def _households(report: Report, row: Row) -> str:
    """What the rulebook counts, of all households."""
    rule = next((rule for rule in report.book.village if rule.covers(row["year"])), None)
    if not row["households"] or rule is None:
        return "unknown"
    return f"{row[rule.household_share]:,} of {row['households']:,}"


def _tell_files(console: Console, report: Report) -> None:
    rows = [(str(f["table"]), *(f"{f[name]:,}" for name in ("files", "rows", "quarantined", "held"))) for f in report.files]
    names = ("raw table", "files", "rows", "quarantined", "held files")
    _table(console, "The files behind the census", names, rows, names[1:])
    _say(
        console,
        "The tables do not tell which of these files a single shop or order came in. census show source_file lists them all,",
        "census show quarantine every row that could not be used, and why.",
    )
