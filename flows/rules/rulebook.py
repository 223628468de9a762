"""Rulebooks: criteria as data (contract, section 4). rulebooks/README.md says how one is written.

    load_rulebooks(folder) -> (Rulebook, …)

Every file is checked to the last key before anything is returned. Thresholds are exact fractions from the
file on: a binary float is refused, since 0.1 is not one tenth. First comes what a rulebook says, then what it may say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from flows.rules.toml import Node, RulesFileError, read_toml

# ------------------------------------------------------------------------------------------------------------
# What a rulebook says


class RulebookError(RulesFileError):
    """A rulebook that is wrong."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """A leaf: `metric`, or the ratio `metric` / `over`, compared with an exact value. A null never meets it.

    Only the metric `open_at_year_end` has a boolean value. `sales` are in yuan, `days_open` in days.
    """

    metric: str
    over: str | None
    op: str
    value: Fraction | bool


@dataclass(frozen=True, slots=True)
class AllOf:
    """Met where all of the items are."""

    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Met where any of the items is."""

    items: tuple[Tree, ...]


Tree: TypeAlias = Criterion | AllOf | AnyOf


def leaves(tree: Tree) -> Iterator[Criterion]:
    """The criteria of a tree, in the order in which they are written."""
    if isinstance(tree, Criterion):
        yield tree
    else:
        for item in tree.items:
            yield from leaves(item)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule was published: the document, and its address where it is known."""

    name: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds in a range of statistical years (both included, None = open), its source and its wording."""

    first_year: int | None
    last_year: int | None
    source: Source
    words: str

    def covers(self, year: int) -> bool:
        """Whether the rule holds in a year."""
        return (self.first_year or year) <= year <= (self.last_year or year)


@dataclass(frozen=True, slots=True)
class ActiveRule(Rule):
    """When a shop is active: over the metrics of the shop in the year."""

    criteria: Tree


@dataclass(frozen=True, slots=True)
class VillageRule(Rule):
    """When a village has the status: its unit types (None = any) and criteria over its metrics.

    `household_share` names the metric that the published share puts over `households`.
    """

    units: tuple[str, ...] | None
    criteria: Tree
    household_share: str


@dataclass(frozen=True, slots=True)
class TownshipRule(Rule):
    """When a township has the status: by its villages, or by its own sales, or both; None = not that way."""

    villages: Tree | None
    sales: Tree | None


@dataclass(frozen=True, slots=True)
class ClusterRule(Rule):
    """When a county is a cluster. The highest tier that is met counts: `super`, `large`, `cluster`."""

    cluster: Tree
    large: Tree
    super: Tree


@dataclass(frozen=True, slots=True)
class JobsRule(Rule):
    """How many jobs an active shop in a Taobao village or town stands for."""

    per_active_shop: Fraction


@dataclass(frozen=True, slots=True)
class Platforms:
    """The platforms that count for a metric; None = all.

    `village_active_shops` is for a village's criteria on shops and households, `active_shops` for all else.
    """

    sales: tuple[str, ...] | None
    village_active_shops: tuple[str, ...] | None
    active_shops: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Rulebook:
    """A rulebook: a file of `rulebooks/`, with what it takes from others.

    `province` (two digits) limits it to one. The rules of a section are in the order of their years, and no
    year has two of them.
    """

    name: str
    title: str
    province: str | None
    platforms: Platforms
    active: tuple[ActiveRule, ...]
    village: tuple[VillageRule, ...]
    township: tuple[TownshipRule, ...]
    cluster: tuple[ClusterRule, ...]
    jobs: tuple[JobsRule, ...]


# ------------------------------------------------------------------------------------------------------------
# What it may say

FIRST_YEAR, LAST_YEAR = 2003, 2099
"""The years of the contract's dates."""

PLATFORMS = ("taobao", "tmall", "1688", "xianyu", "aliexpress", "fliggy", "freshippo")
UNIT_TYPES = ("village", "urban_community", "urban_like", "village_like", "other")
# GB/T 2260
PROVINCES = (
    *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42"),
    *("43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82"),
)
FLAG = "open_at_year_end"
OPERATORS = (">", ">=", "<", "<=", "=")


@dataclass(frozen=True, slots=True)
class _Level:
    """The metrics that criteria on a kind of place, or on a shop, may name, and those that `over` may."""

    metrics: tuple[str, ...]
    over: tuple[str, ...]


_SHOP_NUMBERS = ("transactions", "transactions_last_3_months", "days_open", "sales")
_VILLAGE_NUMBERS = ("sales", "transactions", "shops", "active_shops", "ecommerce_households")
_TOWNSHIP_NUMBERS = ("taobao_villages", "sales", "transactions", "active_shops")
_SHOP = _Level((*_SHOP_NUMBERS, FLAG), _SHOP_NUMBERS)
_VILLAGE = _Level(_VILLAGE_NUMBERS, (*_VILLAGE_NUMBERS, "households"))
_TOWNSHIP = _Level(_TOWNSHIP_NUMBERS, _TOWNSHIP_NUMBERS)
_COUNTY = _Level(("taobao_villages",), ())

_LARGEST = 10**15  # times 100 fen, times a count below 2^63: less than 2^127
_NUMBER = re.compile(r"[0-9]{1,16}(\.[0-9]{1,16}|/0*[1-9][0-9]{0,15})?")


def _number(node: Node) -> Fraction:
    """An integer, or a decimal ("0.10") or fraction ("1/30") in quotes, exactly."""
    value = node.value
    if (type(value) is int and value >= 0) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        number = Fraction(value)
        if max(number.numerator, number.denominator) <= _LARGEST:
            return number
    raise node.error(
        f"{value!s} is not an exact number of up to 15 digits: write an integer (not negative), or a decimal"
        ' or a fraction in quotes, such as "0.10" or "1/30"'
    )


def _criterion(node: Node, level: _Level) -> Criterion:
    entries = node.table(("metric", "op", "value"), ("over",))
    metric = entries["metric"].choice("metric", level.metrics)
    op = entries["op"].choice("operator", OPERATORS)
    over = entries["over"].choice("metric", level.over) if "over" in entries else None
    if metric != FLAG:
        return Criterion(metric, over, op, _number(entries["value"]))
    if op != "=" or over or not isinstance(entries["value"].value, bool):
        raise node.error(f'`{FLAG}` is yes or no: write op = "=" with value = true or false, and no `over`')
    return Criterion(metric, None, op, entries["value"].value)


def _tree(node: Node, level: _Level) -> Tree:
    if {"all", "any"} & node.entries().keys():
        return _branch(node, node.table((), ("all", "any")), level)
    return _criterion(node, level)


def _branch(node: Node, entries: dict[str, Node], level: _Level) -> Tree:
    """The `all` or the `any` among a table's entries."""
    if ("all" in entries) == ("any" in entries):
        raise node.error("give criteria here, in exactly one of `all = [ … ]` and `any = [ … ]`")
    if "all" in entries:
        return AllOf(tuple(_tree(item, level) for item in entries["all"].array()))
    return AnyOf(tuple(_tree(item, level) for item in entries["any"].array()))


def _choices(node: Node, what: str, known: tuple[str, ...], wildcard: str) -> tuple[str, ...] | None:
    """A list of known texts, or the wildcard: None."""
    if node.value == wildcard:
        return None
    if not isinstance(node.value, list):
        raise node.error(f'write "{wildcard}", or a list of some of ' + ", ".join(map(repr, known)))
    return tuple(item.choice(what, known) for item in node.array())


_COMMON = ("source", "words")
_YEARS = ("first_year", "last_year")


def _common(entries: dict[str, Node]) -> dict[str, Any]:
    """What every rule has: years, source, words."""
    source = entries["source"].table(("name",), ("address",))
    years: dict[str, int | None] = {}
    for key in _YEARS:
        node = entries.get(key)
        if node and (type(node.value) is not int or not FIRST_YEAR <= node.value <= LAST_YEAR):
            raise node.error(f"`{key}` must be a year from {FIRST_YEAR} to {LAST_YEAR}")
        years[key] = node.value if node else None
    if (years["first_year"] or FIRST_YEAR) > (years["last_year"] or LAST_YEAR):
        raise entries["last_year"].error("`last_year` is before `first_year`: exchange them")
    address = source["address"].text() if "address" in source else None
    return {**years, "source": Source(source["name"].text(), address), "words": entries["words"].text()}


def _active(node: Node) -> ActiveRule:
    entries = node.table(_COMMON, (*_YEARS, "all", "any"))
    return ActiveRule(**_common(entries), criteria=_branch(node, entries, _SHOP))


def _village(node: Node) -> VillageRule:
    entries = node.table((*_COMMON, "units"), (*_YEARS, "household_share", "all", "any"))
    units = _choices(entries["units"], "unit type", UNIT_TYPES, "any")
    share = "ecommerce_households"
    if "household_share" in entries:
        share = entries["household_share"].choice("metric", (share, "active_shops"))
    criteria = _branch(node, entries, _VILLAGE)
    return VillageRule(**_common(entries), units=units, criteria=criteria, household_share=share)


def _township(node: Node) -> TownshipRule:
    ways = ("villages", "sales")
    entries = node.table(_COMMON, (*_YEARS, *ways))
    villages, sales = (_tree(entries[way], _TOWNSHIP) if way in entries else None for way in ways)
    if not (villages or sales):
        raise node.error("give criteria here: `villages`, `sales` or both")
    return TownshipRule(**_common(entries), villages=villages, sales=sales)


def _cluster(node: Node) -> ClusterRule:
    tiers = ("cluster", "large", "super")
    entries = node.table((*_COMMON, *tiers), _YEARS)
    cluster, large, super_ = (_tree(entries[tier], _COUNTY) for tier in tiers)
    return ClusterRule(**_common(entries), cluster=cluster, large=large, super=super_)


def _jobs(node: Node) -> JobsRule:
    entries = node.table((*_COMMON, "per_active_shop"), _YEARS)
    return JobsRule(**_common(entries), per_active_shop=_number(entries["per_active_shop"]))


def _platforms(node: Node) -> Platforms:
    metrics = [field.name for field in fields(Platforms)]
    entries = node.table(metrics)
    return Platforms(**{metric: _choices(entries[metric], "platform", PLATFORMS, "all") for metric in metrics})


_R = TypeVar("_R", bound=Rule)


def _rules(read: Callable[[Node], _R]) -> Callable[[Node], tuple[_R, ...]]:
    """A reader of an array of rules: each read, no two for the same year, sorted by years."""

    def read_all(node: Node) -> tuple[_R, ...]:
        done: list[tuple[int, int, Node, _R]] = []
        for item in node.array():
            rule = read(item)
            first, last = rule.first_year or FIRST_YEAR, rule.last_year or LAST_YEAR
            for other_first, other_last, other, _ in done:
                if first <= other_last and other_first <= last:
                    raise item.error(f"its years overlap with those of line {other.line}: mend `first_year` or `last_year`")
            done.append((first, last, item, rule))
        return tuple(rule for *_, rule in sorted(done, key=lambda entry: entry[0]))

    return read_all


def _province(node: Node) -> str:
    if node.value not in PROVINCES:
        raise node.error(f'{node.value!r} is no province: write its two digits in quotes, such as "33"')
    return str(node.value)


_SECTIONS: dict[str, Callable[[Node], Any]] = {
    "platforms": _platforms,
    "active": _rules(_active),
    "village": _rules(_village),
    "township": _rules(_township),
    "cluster": _rules(_cluster),
    "jobs": _rules(_jobs),
}


@dataclass(frozen=True, slots=True)
class _Draft:
    """A file as it stands, before `extends` is followed."""

    root: Node
    extends: Node | None
    title: str
    given: dict[str, Any]


def _read(path: Path) -> _Draft:
    if not re.fullmatch("[a-z][a-z0-9_]*", path.stem):
        raise RulebookError(
            path,
            1,
            "its name goes into names of columns: rename the file to lower-case letters, digits and `_`",
        )
    root = read_toml(path, RulebookError)
    entries = root.table(("title",), ("extends", "province", *_SECTIONS))
    readers = {"province": _province, **_SECTIONS}
    given = {key: read(entries[key]) for key, read in readers.items() if key in entries}
    return _Draft(root, entries.get("extends"), entries["title"].text(), given)


def _given(name: str, drafts: dict[str, _Draft], extending: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a rulebook gives, itself or through those that it extends."""
    draft, chain = drafts[name], (*extending, name)
    if not draft.extends:
        return draft.given
    base = draft.extends.choice("rulebook", drafts)
    if base in chain:
        raise draft.extends.error(f"`extends` goes in a circle: {' → '.join((*chain, base))}. Take one of them out")
    return {**_given(base, drafts, chain), **draft.given}


def load_rulebooks(folder: Path) -> tuple[Rulebook, ...]:
    """The rulebooks of a folder by name: every `NAME.toml` but `calendar.toml` and names led by `.` or `_`.

    Raises RulebookError for the first thing that is wrong in any of them, or where there is no rulebook.
    """
    drafts = {
        path.stem: _read(path)
        for path in sorted(folder.glob("*.toml"))
        if path.name != "calendar.toml" and path.name[0] not in "._"
    }
    if not drafts:
        raise RulebookError(folder, 1, "no rulebook in this folder: rulebooks/README.md says how to write one")
    books = []
    for name, draft in sorted(drafts.items()):
        given = {"province": None, **_given(name, drafts)}
        for section in _SECTIONS:
            if section not in given:
                raise draft.root.error(f"no `{section}`: add it, or take it from another rulebook with `extends`")
        books.append(Rulebook(name=name, title=draft.title, **given))
    return tuple(books)
