"""What `census explain` tells people: the facts of flows.reports.explain in plain words, the verdict first."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from rich.console import Console

from flows.reports.explain import Judged, Report, Row, all_shops, sells
from flows.reports.text import as_decimal
from flows.reports.words import (
    LABELS,
    OPERATORS,
    amount,
    are,
    console,
    count,
    day,
    gap,
    has,
    is_share,
    label,
    listing,
    moment,
    needs,
    platform,
    platforms,
    say,
    table,
    yuan,
)
from flows.rules.rulebook import FLAG, AllOf, Criterion, Rule, Tree, VillageRule, leaves
from flows.rules.weighing import Weighed

_SHOWN = 5
"""So many of the largest shops are told to people, of those that count as active and of those that do not."""
_KINDS = {
    "village": "administrative village (a village committee, 村委会)",
    "urban_community": "urban community (居委会)",
    "urban_like": "place like an urban community",
    "village_like": "place like a village",
    "other": "another kind of place",
}
_CHANGES = {
    "new": "It has the status for the first time.",
    "retained": "It had the status the year before, too.",
    "returned": "It has the status again: it had it earlier, but not the year before.",
    "lost": "It has lost the status, which it had the year before.",
}
_STATUS = {"village": "Taobao village", "township": "Taobao town"}


def tell_people(report: Report) -> None:
    """Prints a report: the verdict and its conditions, the years, the shops, what may be missing, where it all comes from."""
    to = console()
    _tell_verdict(to, report)
    if report.judged:
        _tell_conditions(to, report, report.judged)
        _tell_villages(to, report)
    _tell_years(to, report)
    if report.judged:
        _tell_shops(to, report)
    if not _is_outside(report):
        _tell_around(to, report)
    _tell_sources(to, report)
    _tell_next(to, report)


# ------------------------------------------------------------------------------------------------------------
# The verdict and its conditions


def _tell_verdict(to: Console, report: Report) -> None:
    place, judged, year = report.place, report.judged, report.year
    say(
        to,
        f"{place.name}, {place.above} ({place.level} {place.code})",
        f"Year {year}: {day(report.window.first_day)} to {day(report.window.last_day)}. "
        f"Rulebook {report.book.name}: {report.book.title}.",
    )
    if as_of := report.snapshot["as_of"]:
        say(to, f"As of {day(as_of)}: what was recorded or updated after that day is not used.")
    say(to, "")
    if judged is None:
        say(to, f"There is no verdict on it in {year}: {_why_nothing(report)}")
    else:
        so_far = "So far it" if judged.row["is_provisional"] else "It"
        is_or_not = "IS" if judged.row["has_status"] else "is NOT"
        say(to, f"{so_far} {is_or_not} a {_STATUS[place.level]} in {year}. {_why(report, judged)}")
        if change := judged.row["change"]:
            say(to, _CHANGES[change])
        if told := _since(report, judged.row):
            say(to, told)
        if judged.row["is_provisional"]:
            say(to, f"This is provisional: orders of the year up to {day(report.window.last_day)} may still come or change.")
    if report.others:
        others = ", ".join(f"{other['rulebook']} {'yes' if other['has_status'] else 'no'}" for other in report.others)
        say(to, f"Under the other rulebooks in {year}: {others}.")


def _why_nothing(report: Report) -> str:
    if _is_outside(report):
        where = report.province or f"the province with the code {report.book.province}"
        return f"the rulebook {report.book.name} is for places in {where} alone."
    if any(row["year"] == report.year for row in report.years):
        return f"the rulebook {report.book.name} has no rule for this year."
    return "no shop placed there had an order that counts."


def _is_outside(report: Report) -> bool:
    """Whether the rulebook is for another province."""
    return bool(report.book.province) and not report.place.id.startswith(report.book.province or "")


def _why(report: Report, judged: Judged) -> str:
    """What is met and what not, in a sentence."""
    if judged.row["has_status"]:
        return "It meets what is asked."
    missed = [] if judged.met_unit is not False else ["the kind of place"]
    tree = judged.criteria
    items = tree.items if isinstance(tree.tree, AllOf) else (tree,)
    missed += [", or ".join(_lacking(report, judged.row, item)) for item in items if not item.is_met]
    return f"Not met: {'; '.join(missed)}." if missed else "No shop stands there any more."


def _criteria(weighed: Weighed) -> Iterator[tuple[Weighed, Criterion]]:
    """The criteria that a condition is made of."""
    if isinstance(weighed.tree, Criterion):
        yield weighed, weighed.tree
    for item in weighed.items:
        yield from _criteria(item)


def _lacking(report: Report, row: Row, item: Weighed) -> Iterator[str]:
    """The criteria of a condition that are not met, and how much there is lacking."""
    for weighed, criterion in _criteria(item):
        if not weighed.is_met:
            value, base = weighed.value, _base(criterion, row)
            lacks = _unknown(criterion, row) if value is None else gap(criterion, value, False, base, is_brief=True)
            yield f"{label(criterion, report.platforms)} ({lacks})"


def _since(report: Report, row: Row) -> str | None:
    """How the figures of the verdict have moved since the year before."""
    before = [year for year in report.years if year["year"] == report.year - 1]
    if len(before) != 1:
        return None
    shops = f"active shops from {before[0]['active_shops']:,} to {row['active_shops']:,}"
    return f"Since {report.year - 1}: sales from {yuan(before[0]['sales'])} to {yuan(row['sales'])}, {shops}."


def _tell_conditions(to: Console, report: Report, judged: Judged) -> None:
    rows = list(_conditions(report, judged))
    say(to, "", "Conditions, all of which must be met:" if len(rows) > 1 and not _is_choice(judged) else "Conditions:")
    listing(to, rows)
    _tell_rule(to, judged.rule)


def _is_choice(judged: Judged) -> bool:
    return not isinstance(judged.criteria.tree, AllOf) and not (isinstance(judged.rule, VillageRule) and judged.rule.units)


def _conditions(report: Report, judged: Judged) -> Iterator[tuple[str, str]]:
    if isinstance(judged.rule, VillageRule) and judged.rule.units is not None:
        asked = " or ".join(_KINDS[unit] for unit in judged.rule.units)
        there = _KINDS[judged.row["unit_type"]]
        told = f"it is an {there}" if there[0] in "aeiou" else f"it is {there if there[0] == 'a' else 'a ' + there}"
        yield _met(bool(judged.met_unit)), f"kind of place: {told}" + ("" if judged.met_unit else f", and must be: {asked}")
    yield from _weighed(report, judged.row, judged.criteria, 0)


def _weighed(report: Report, row: Row, weighed: Weighed, depth: int) -> Iterator[tuple[str, str]]:
    """A condition, and those that it is made of: whether it is met, and what is needed and what there is."""
    if isinstance(weighed.tree, Criterion):
        yield _met(weighed.is_met), "  " * depth + _condition(report, row, weighed, weighed.tree)
        return
    is_outermost = depth == 0 and isinstance(weighed.tree, AllOf)
    if not is_outermost:
        says = "all of these:" if isinstance(weighed.tree, AllOf) else "one of these is enough:"
        yield _met(weighed.is_met), "  " * depth + says
    for item in weighed.items:
        yield from _weighed(report, row, item, depth + (not is_outermost))


def _met(is_met: bool) -> str:
    return "met" if is_met else "NOT met"


def _base(criterion: Criterion, row: Row) -> int | None:
    return int(row[criterion.over]) if criterion.over and row[criterion.over] is not None else None


def _unknown(criterion: Criterion, row: Row) -> str:
    lacking = LABELS[criterion.over or criterion.metric]
    return f"there are no {lacking}" if criterion.over and row[criterion.over] == 0 else f"the number of {lacking} is not known"


def _condition(report: Report, row: Row, weighed: Weighed, criterion: Criterion) -> str:
    told, base = f"{label(criterion, report.platforms)}: needs ", _base(criterion, row)
    if weighed.value is None:
        return f"{told}{needs(criterion)}; {_unknown(criterion, row)}"
    there = has(criterion, weighed.value, row[criterion.metric], base)
    return f"{told}{needs(criterion, base)}; has {there}: {gap(criterion, weighed.value, weighed.is_met, base)}"


def _tell_rule(to: Console, rule: Rule) -> None:
    address = f" {rule.source.address}" if rule.source.address else ""
    say(to, f"The rule: “{rule.words}” {rule.source.name}{address}", indent=2)


# ------------------------------------------------------------------------------------------------------------
# Villages and years


def _tell_villages(to: Console, report: Report) -> None:
    if not report.villages:
        return
    having = [village for village in report.villages if village["is_taobao_village"]]
    rows = [(v["village_code"], v["village"], amount(v["sales"]), f"{v['active_shops']:,}") for v in having]
    title = f"Its Taobao villages in {report.year}: {len(having):,} of {count(len(report.villages), 'village')} with shops"
    if rows:
        table(to, title, ("code", "village", "sales (yuan)", "active shops"), rows, ("sales (yuan)", "active shops"))
    else:
        say(to, "", title)


def _tell_years(to: Console, report: Report) -> None:
    if not report.years:
        return
    last = "of its households" if report.place.level == "village" else "Taobao villages"
    names = ("year", "status", "change", "sales (yuan)", "active shops", last)
    rows_of_year = Counter(row["year"] for row in report.years)
    rows = [
        (
            f"{row['year']}{' p' if row['is_provisional'] else ''}"
            + (f"\n{row['code']}" if rows_of_year[row["year"]] > 1 else ""),
            *("yes" if row["has_status"] else "no", row["change"] or "", amount(row["sales"]), f"{row['active_shops']:,}"),
            _households(report, row) if report.place.level == "village" else f"{row['taobao_villages']:,}",
        )
        for row in report.years
    ]
    table(to, f"The years, under {report.book.name}", names, rows, names[-3:], names[:3])
    if len(codes := _codes(report)) > 1:
        say(to, f"It was {'; '.join(codes)}.")
    if any(row["is_provisional"] for row in report.years):
        say(to, "p: provisional, orders of the year may still change.")


def _codes(report: Report) -> list[str]:
    """The codes and names that the place had, each with its years."""
    years: dict[tuple[str, str], list[int]] = {}
    for row in report.years:
        years.setdefault((row["code"], row["name"]), []).append(row["year"])
    return [
        f"{code} {name} in {first if first == last else f'{first} to {last}'}"
        for (code, name), (first, *_, last) in ((place, (told[0], *told)) for place, told in years.items())
    ]


def _households(report: Report, row: Row) -> str:
    """What the rulebook counts, of all households."""
    rule = next((rule for rule in report.book.village if rule.covers(row["year"])), None)
    if not row["households"] or rule is None:
        return "unknown"
    return f"{row[rule.household_share]:,} of {row['households']:,}"


# ------------------------------------------------------------------------------------------------------------
# The shops


def _tell_shops(to: Console, report: Report) -> None:
    number, not_counted = len(all_shops(report)), len(report.reasons)
    say(to, "")
    if not number:
        say(to, f"Its shops: no shop placed there had an order that counts in {report.year}.")
        return
    say(
        to,
        f"Its shops: {number:,} placed there had orders in {report.year}; {len(report.counted):,} "
        f"{are(len(report.counted), 'counts as an active shop', 'count as active shops')}, "
        f"{not_counted:,} {are(not_counted, 'does', 'do')} not.",
    )
    where = "" if report.platforms is None else f", on {platforms(report.platforms, 'or')}"
    if report.active:
        months = _last_months(report)
        say(to, f"An active shop{where}: {_described(report.active.criteria, months)}.", indent=2)
        if report.judged and report.active.source != report.judged.rule.source:
            _tell_rule(to, report.active)
    on = report.book.platforms.sales
    which = "all shops placed there" if on is None else f"all shops placed there on {platforms(on)}"
    say(to, f"The sales are those of {which}, active or not: paid and not cancelled, less refunds.", indent=2)
    if report.reasons:
        groups: dict[str, list[Row]] = {}
        for reason, shop in report.reasons:
            groups.setdefault(reason, []).append(shop)
        say(to, "", "Why shops do not count as active:")
        rows = [
            (f"{len(shops):,}", f"{_reason(report, reason, shops)}; sales {yuan(_sales(shops))}")
            for reason, shops in sorted(groups.items(), key=lambda item: -len(item[1]))
        ]
        listing(to, [(" " * (max(len(number) for number, _ in rows) - len(number)) + number, told) for number, told in rows])
    _tell_largest(to, report, "count as active", [("", shop) for shop in report.counted])
    _tell_largest(to, report, "do not count as active", report.reasons)


def _sales(shops: Sequence[Row]) -> Decimal:
    return sum((shop["sales"] for shop in shops), Decimal(0))


def _last_months(report: Report) -> str:
    """The year's last three months by name, such as April to June 2020."""
    last = report.window.last_day
    first = (last.month - 3) % 12 + 1
    of = "" if first <= last.month else f" {last.year - 1}"
    return f"{calendar.month_name[first]}{of} to {last:%B %Y}"


_BRIEF = {
    "closed": "closed",
    "too young": "too young",
    "too few recent orders": "few orders",
    "other platform": "platform",
    "not active": "not active",
    "no rule": "no rule",
}
"""Why a shop does not count, in a column."""


def _reason(report: Report, reason: str, shops: Sequence[Row]) -> str:
    """Why shops do not count, in full."""
    end = day(report.window.last_day)
    if reason == "closed":
        return f"closed by the year's end ({end})"
    if reason == "too young":
        asked = [leaf for leaf in leaves(report.active.criteria) if leaf.metric == "days_open"] if report.active else []
        days = (
            f"less than {as_decimal(Fraction(asked[0].value))} days"
            if len(asked) == 1 and asked[0].op == ">="
            else "too short a time"
        )
        return f"opened {days} before the year's end ({end})"
    if reason == "too few recent orders":
        return f"too few orders in the year's last three months ({_last_months(report)})"
    if reason == "other platform" and report.platforms:
        of: dict[str, int] = {}
        for shop in shops:
            of[shop["platform"]] = of.get(shop["platform"], 0) + 1
        told = ", ".join(f"{platform(name)} {number:,}" for name, number in sorted(of.items(), key=lambda item: -item[1]))
        return f"not on {platforms(report.platforms, 'or')}, but on another platform ({told})"
    return {
        "not active": "the rule on active shops is not met",
        "no rule": "the rulebook has no rule on active shops for this year",
    }[reason]


def _described(tree: Tree, months: str, is_inner: bool = False) -> str:
    """Criteria on a shop in words."""
    if not isinstance(tree, Criterion):
        told = (", and " if isinstance(tree, AllOf) else ", or ").join(_described(item, months, True) for item in tree.items)
        return f"({told})" if is_inner else told
    if isinstance(tree.value, bool):
        return LABELS[tree.metric] if tree.value else f"not {LABELS[tree.metric]}"
    asked = f"{OPERATORS[tree.op]} "
    if tree.over == "days_open" and tree.value.numerator == 1 and tree.metric == "transactions_last_3_months":
        return f"{asked}one order in these months for every {tree.value.denominator} days since it opened"
    if tree.over:
        return f"{asked}{tree.value} {label(tree)}"
    number = as_decimal(Fraction(tree.value))
    words = {
        "days_open": f"opened {asked}{count(number, 'day')} before the year's end",
        "transactions_last_3_months": f"{asked}{count(number, 'order')} in the year's last three months, {months}",
        "transactions": f"{asked}{count(number, 'order')} in the year",
    }
    return words.get(tree.metric, f"{asked}{number} {label(tree)}")


def _tell_largest(to: Console, report: Report, which: str, shops: Sequence[tuple[str, Row]]) -> None:
    """Prints the largest shops, with what the rule on active shops asks of them, and the sum of the rest."""
    if not shops:
        return
    told = shops if len(shops) <= _SHOWN + 1 else shops[:_SHOWN]
    rest, has_reason = [shop for _, shop in shops[len(told) :]], bool(shops[0][0])
    asked = {leaf.metric for leaf in leaves(report.active.criteria)} if report.active else set()
    is_recent, is_dated = "transactions_last_3_months" in asked, bool(asked & {FLAG, "days_open"})
    names = ["shop", "platform", "sales (yuan)", "last 3\nmonths'\norders" if is_recent else "orders"]
    names += ["open since"] * is_dated + ["why"] * has_reason
    rows: list[tuple[str, ...]] = []
    for reason, shop in told:
        sales = amount(shop["sales"]) + ("" if sells(report, shop) else "\nnot counted")
        orders = f"{shop['transactions_last_3_months' if is_recent else 'transactions']:,}"
        dates = f"{shop['opened_on']}" + (f"\nto {shop['closed_on']}" if shop["closed_on"] else "")
        cells = (str(shop["shop_id"]), platform(shop["platform"]), sales, orders)
        rows.append((*cells, *[dates] * is_dated, *[_BRIEF.get(reason, reason)] * has_reason))
    shown = f"the {len(rows)} largest of {len(shops):,}" if rest else f"all {len(rows)}"
    table(to, f"Shops that {which}: {shown}", names, rows, ("shop", names[2], names[3]), ("platform", "open since", "why"))
    if rest:
        of_rest = sum(shop["transactions"] for shop in rest)
        say(to, f"The other {count(len(rest), 'shop')}: sales {yuan(_sales(rest))}, {count(of_rest, 'order')} in the year.")


# ------------------------------------------------------------------------------------------------------------
# What may be missing, where it comes from, what to do next


def _tell_around(to: Console, report: Report) -> None:
    around, year, lines = report.around, report.year, []
    if number := around["in_township_only"]:
        lines.append(
            f"{count(number, 'shop')} with sales of {yuan(around['in_township_only_sales'])} {are(number, 'has', 'have')} an "
            "address that names the township and no village, and so "
            f"{are(number, 'counts', 'count')} for the township alone: census show unplaced."
        )
    if number := around["elsewhere"]:
        lines.append(
            f"{count(number, 'shop')} with sales of {yuan(around['elsewhere_sales'])} stood there in another year, and elsewhere "
            f"in {year}."
        )
    if number := around["silent"]:
        lines.append(f"{count(number, 'shop')} stood there in another year, and had no order that counts in {year}.")
    if report.refused:
        first, number = report.refused[0], len(report.refused)
        lines.append(
            f"{count(number, 'record')} with its code could not be used, such as line {first['line']} of {first['path']} "
            f"({_refused(first['reasons'])}): census show quarantine --where \"raw like '%{report.place.code}%'\""
        )
    if around["orphaned_sales"]:
        lines.append(
            f"In the whole census, shops that are not in the register sold for {yuan(around['orphaned_sales'])} in {year}: where "
            "they stand is unknown."
        )
    if lines:
        say(to, "", "If you miss shops here:")
        listing(to, [("-", line) for line in lines])


def _refused(reasons: str) -> str:
    """The reasons of a row in quarantine in words."""
    told = []
    for reason in reasons.split(";"):
        what, _, column = reason.partition(":")
        told.append({"missing": f"no {column}", "invalid": f"{column} not valid"}.get(what, "the line cannot be read"))
    return ", ".join(told)


def _tell_sources(to: Console, report: Report) -> None:
    files = ", ".join(f"{file['files']:,} of {file['table']}" for file in report.files)
    total, held = sum(file["files"] for file in report.files), sum(file["held"] for file in report.files)
    rows, refused = (sum(file[name] for file in report.files) for name in ("rows", "quarantined"))
    say(
        to,
        "",
        f"Where this comes from: the census taken on {moment(report.snapshot['made_at'])}, snapshot "
        f"{report.snapshot['snapshot']}, of {count(total, 'file')} ({files}). Of their {rows:,} rows, {refused:,} could not be "
        f"used{f', nor {held:,} whole files' if held else ''}. census show source_file lists the files, census show quarantine "
        "the rows and why.",
    )


def _tell_next(to: Console, report: Report) -> None:
    """What to ask next: another year, another rulebook, what a condition lacks."""
    code = report.place.code
    next_steps = []
    if report.judged and _lacks_households(report.judged):
        next_steps.append(("deliver its households", f"a line with {code}, {report.year} and their number in villages/"))
    if not report.judged and not _is_outside(report):
        next_steps.append(("was it merged or renamed?", f"census place {code}"))
    if others := sorted({row["year"] for row in report.years} - {report.year}):
        next_steps.append(("another year", f"census explain {code} --year {others[-1]}"))
    next_steps += [("another rulebook", f"census explain {code} --rulebook {other['rulebook']}") for other in report.others[:2]]
    next_steps.append(("what changed", "census diff"))
    say(to, "", "Next:")
    listing(to, next_steps)


def _lacks_households(judged: Judged) -> bool:
    return judged.row.get("households", 0) is None and any(is_share(criterion) for _, criterion in _criteria(judged.criteria))
