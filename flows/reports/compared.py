"""What `census diff` and `census snapshots` tell people: what changed, in short first, then place by place with its cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from rich.console import Console

from flows.reports.words import amount, are, count, day, listing, moment, say, table

Row = dict[str, Any]

_INPUTS = {
    "as_of": "the day up to which records are used",
    "aliases": "the table of aliases (what headers and values mean)",
    "calendar": "the calendar of statistical years",
    "code": "the version of the program",
    "divisions": "the reference tables of divisions",
    "published_figures": "the published figures that are set beside the census",
    "series_breaks": "the breaks of the series that are forecast",
    "published_metrics": "where the census has the metrics of the published figures",
    "rulebooks": "the rulebooks",
    "statements": "the way orders are added up and places are found",
}
_METRICS = {
    "taobao_villages": "Taobao villages",
    "taobao_towns": "Taobao towns",
    "provinces": "provinces with a Taobao village",
    "counties": "counties with a Taobao village",
    "clusters": "counties with a cluster of Taobao villages",
    "large_clusters": "counties with a large cluster",
    "super_clusters": "counties with a super cluster",
    "coastal_villages": "Taobao villages in coastal provinces",
    "coastal_share": "share of Taobao villages in coastal provinces",
    "counties_population": "people in counties with a Taobao village",
    "village_sales": "sales of Taobao villages",
    "village_and_town_sales": "sales of Taobao villages and towns",
    "rural_sales": "sales of all rural shops",
    "share_of_rural_sales": "share of Taobao villages and towns in rural sales",
    "village_transactions": "orders of Taobao villages",
    "active_shops": "active shops in Taobao villages and towns",
    "jobs": "jobs, as estimated from active shops",
    "unplaced_sales": "sales of shops that are in no known village",
    "orphaned_sales": "sales of shops that are not in the register",
}
"""Headline figures in words, the most important first."""
_FIGURES = {
    "sales": "sales (yuan)",
    "transactions": "orders",
    "active_shops": "active shops",
    "households": "households",
    "taobao_villages": "Taobao villages in it",
}
_LARGEST_SHARE = 1000
"""Shares of this many per cent and more say nothing, and are left out."""
_STATUS = {"village": "Taobao village", "township": "Taobao town"}
_PLACES = {"village": "village", "township": "town"}
_SHOPS: dict[str, Callable[[int], str]] = {
    "came": lambda n: f"{count(n, 'shop')} {are(n, 'has', 'have')} orders now and had none",
    "went": lambda n: f"{count(n, 'shop')} {are(n, 'has', 'have')} no order any more",
    "moved in": lambda n: f"{count(n, 'shop')} moved in",
    "moved out": lambda n: f"{count(n, 'shop')} moved out",
    "with other sales": lambda n: f"{count(n, 'shop')} {are(n, 'has', 'have')} other sales",
    "with other data": lambda n: f"{count(n, 'shop')} {are(n, 'has', 'have')} another platform, date or household",
}
"""What became of a place's shops, in words."""


# ------------------------------------------------------------------------------------------------------------
# The comparison


def tell_comparison(to: Console, runs: Sequence[Row], rulebook: str) -> None:
    """Prints which two snapshots are compared."""
    earlier, later = runs
    say(
        to,
        f"What changed from {earlier['snapshot']} to {later['snapshot']}, under the rulebook {rulebook}.",
        f"Before: taken {_taken(earlier)}.",
        f"Now:    taken {_taken(later)}.",
    )


def _taken(run: Row) -> str:
    as_of = f"; as of {day(run['as_of'])}: later records are not used" if run["as_of"] else ""
    return f"{moment(run['made_at'])}{as_of}"


def tell_in_short(to: Console, files: Sequence[Row], figures: Sequence[Row]) -> None:
    """Prints how many files changed, and in each year how many places gained or lost the status or have other figures."""
    by_what = Counter(file["what"] for file in files)
    told = ", ".join(f"{number:,} {what}" for what, number in by_what.items())
    lines = [f"files: {told}" if told else "no file changed"]
    places = _by_place(figures)
    for year in sorted({rows[0]["year"] for rows in places}, reverse=True):
        of_year = [rows for rows in places if rows[0]["year"] == year]
        said = [f"{told} {what} the status" for what in ("gained", "lost") if (told := _status_counts(of_year, what))]
        changed = Counter(rows[0]["kind"] for rows in of_year if any(row["figure"] != "status" for row in rows))
        lines.append(f"{year}: {'; '.join([*said, *([f'figures of {_kinds(changed)} changed'] if changed else [])])}")
    if not places:
        lines.append("no village or town has other figures")
    say(to, "", "In short:")
    listing(to, [("-", line) for line in lines])


def _status_counts(places: Iterable[Sequence[Row]], what: str) -> str:
    """How many places of each kind gained, or lost, the status."""
    kinds = Counter(
        row["kind"]
        for rows in places
        for row in rows
        if row["figure"] == "status" and bool(row["new_value"]) == (what == "gained")
    )
    return _kinds(kinds)


def _kinds(numbers: Counter[str]) -> str:
    return " and ".join(count(numbers[kind], _PLACES[kind]) for kind in _PLACES if numbers[kind])


def tell_inputs(to: Console, rows: Sequence[Row]) -> None:
    """Prints the rulebooks, reference tables and settings that changed."""
    for row in rows:
        name, old, new = str(row["input"]), row["old_value"], row["new_value"]
        if name == "as_of":
            say(to, f"Records used: {_up_to(old)} before, {_up_to(new)} now.", indent=2)
        elif name.startswith("settings ") or name == "code":
            say(to, f"{_input(name).capitalize()}: {old or 'not set'} before, {new or 'not set'} now.", indent=2)
        else:
            say(to, f"{_input(name).capitalize()} changed.", indent=2)


def _input(name: str) -> str:
    return _INPUTS.get(name, name.replace("settings ", "the setting "))


def _up_to(as_of: str) -> str:
    return f"those up to {as_of}" if as_of else "all"


def tell_files(to: Console, rows: Sequence[Row]) -> None:
    """Prints the files that changed, with their rows that count."""
    listing(to, [(row["what"], f"{row['path']} ({_rows(row)})") for row in rows])


def _rows(row: Row) -> str:
    old, new = row["old_rows"], row["new_rows"]
    if row["what"] == "arrived":
        return "cannot be read" if new is None else f"{count(new, 'row')} used"
    if row["what"] == "withdrawn":
        return f"its {count(old or 0, 'row')} {are(old or 0, 'is', 'are')} not used any more"
    return f"{'none' if old is None else f'{old:,}'} used before, {'none' if new is None else f'{new:,}'} now"


def tell_headline(to: Console, rows: Sequence[Row]) -> None:
    """Prints headline figures before and now."""
    names = ("year", "figure", "before", "now", "change")
    table(to, "", names, [(str(row["year"]), *_headline(row)) for row in rows], names[2:])


def newest_first(rows: Sequence[Row]) -> list[Row]:
    """Headline figures in the order in which they are told."""
    order = list(_METRICS)
    return sorted(rows, key=lambda row: (-row["year"], order.index(row["metric"]) if row["metric"] in order else len(order)))


def _headline(row: Row) -> tuple[str, str, str, str]:
    """A figure's name with its unit, its values and their difference."""
    unit, label = row["unit"], str(_METRICS.get(row["metric"], row["metric"]))
    values = [row["old_value"], row["new_value"], row["difference"]]
    if unit == "share":
        values, label = [None if value is None else value * 100 for value in values], f"{label} (%)"
    elif unit == "yuan":
        label = f"{label} (yuan)"
    places = 2 if unit in ("yuan", "share") else 1 if unit == "jobs" else 0
    if values[2] and round(abs(values[2]), places) == 0:
        places = 6
    old, new = ("none" if value is None else f"{value:,.{places}f}" for value in values[:2])
    return label, old, new, "" if values[2] is None else f"{values[2]:+,.{places}f}"


# ------------------------------------------------------------------------------------------------------------
# Places


def _by_place(figures: Iterable[Row]) -> list[list[Row]]:
    """The figures that changed, by place and year, in their order."""
    places: dict[tuple[Any, ...], list[Row]] = {}
    for row in figures:
        places.setdefault((row["year"], row["kind"], row["code"]), []).append(row)
    return list(places.values())


def status_changes(figures: Iterable[Row]) -> list[list[Row]]:
    """The places that gained or lost the status, newest year first, with all figures that changed."""
    found = [rows for rows in _by_place(figures) if rows[0]["figure"] == "status"]
    return sorted(found, key=lambda rows: (-rows[0]["year"], rows[0]["kind"] != "village", rows[0]["code"]))


def other_changes(figures: Iterable[Row], with_status: bool) -> list[list[Row]]:
    """The places of which figures changed, those with most sales first; also those that gained or lost the status if asked."""
    return [rows for rows in _by_place(figures) if with_status or rows[0]["figure"] != "status"]


def tell_places(to: Console, places: Iterable[Sequence[Row]]) -> None:
    """Prints places: what became of their status, their figures before and now, and why."""
    told: list[tuple[str, str]] = []
    for rows in places:
        first = rows[0]
        status = f"{_STATUS[first['kind']]}" if first["figure"] == "status" else ""
        became = "" if not status else f": now a {status}" if first["new_value"] else f": no longer a {status}"
        where = f", {first['county']}" if first["county"] else ""
        told.append((str(first["year"]), f"{first['place']}{where} ({first['kind']} {first['code']}){became}"))
        figures = [_figure(row) for row in rows if row["figure"] != "status"]
        told += [("", f"  {figure}") for figure in figures]
        told.append(("", f"  Why: {_cause(first['cause'])}."))
        if first["files"]:
            told.append(("", f"  Files: {first['files']}"))
    listing(to, told)


def _figure(row: Row) -> str:
    old, new = row["old_value"], row["new_value"]
    values = [_number(value, row["figure"]) for value in (old, new)]
    change = row["difference"]
    sign = "+" if change > 0 else "-"
    by = f" ({sign}{_number(abs(change), row['figure'])}{_per_cent(old, change)})" if old is not None and new is not None else ""
    return f"{_FIGURES[row['figure']]}: {values[0]} before, {values[1]} now{by}"


def _per_cent(old: Decimal, change: Decimal) -> str:
    share = abs(change) / old * 100 if old else Decimal(0)
    return f", {share:.1f} %" if Decimal("0.05") <= share < _LARGEST_SHARE else ""


def _number(value: Decimal | None, figure: str) -> str:
    return "none" if value is None else amount(value) if figure == "sales" else f"{int(value):,}"


def _cause(cause: str) -> str:
    """A cause, as tables tell it, in words."""
    return ", and ".join(_cause_in_words(item) for item in cause.split("; "))


def _cause_in_words(item: str) -> str:
    if item.startswith("shops: "):
        shops = (one.partition(" ") for one in item.removeprefix("shops: ").split(", "))
        return ", ".join(_SHOPS[what](int(number)) for number, _, what in shops)
    if item == "households":
        return "its number of households changed"
    if item == "its Taobao villages":
        return "villages in it gained or lost the status"
    if item.endswith(" changed"):
        *inputs, last = (_input(name) for name in item.removesuffix(" changed").split(", "))
        return f"{', '.join(inputs)} and {last} changed" if inputs else f"{last} changed"
    return "the tables do not tell"


# ------------------------------------------------------------------------------------------------------------
# Snapshots


def tell_snapshots(to: Console, rows: Sequence[Row], rulebook: str) -> None:
    """Prints the kept snapshots."""
    say(to, f"Snapshots that are kept, the newest first; times of Beijing, results under the rulebook {rulebook}:")
    names = ("snapshot", "taken on", "what was new", "result")
    told = [
        (
            row["snapshot"] + ("\nthe current one" if row["is_current"] else ""),
            moment(row["made_at"]).removesuffix(" (Beijing time)").replace(", ", ",\n"),
            *(_new(row), _result(row)),
        )
        for row in rows
    ]
    table(to, "", names, told)
    say(to, "Next: census diff tells what the current one changed; census diff SNAPSHOT compares it with an earlier one.")


def _new(row: Row) -> str:
    changes = [f"{row[what]:,} {what}" for what in ("arrived", "corrected", "withdrawn") if row[what]]
    told = f"files: {', '.join(changes)}" if changes else "no file changed"
    lines = [told, f"{count(row['files'], 'file')} in all"]
    if row["as_of"]:
        lines.insert(0, f"as of {_day_of(row['as_of'])}")
    if row["revisions"]:
        lines.append(f"{count(row['revisions'], 'value')} of final years revised")
    return "\n".join(lines)


def _day_of(iso: str) -> str:
    """A day that is told as 2020-07-05."""
    return day(date.fromisoformat(iso))


def _result(row: Row) -> str:
    if not row["years"]:
        return "no order counts"
    newest = row["years"].rpartition("-")[2]
    provisional = " (provisional)" if newest in (row["provisional_years"] or "").split() else ""
    villages, towns = row["taobao_villages"] or 0, row["taobao_towns"] or 0
    return f"years {row['years']}\nin {newest}{provisional}:\n{count(villages, 'village')}, {count(towns, 'town')}"
