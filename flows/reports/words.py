"""The words in which reports tell figures, criteria, days and places to people, and how they are laid out on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor

from rich.console import Console, JustifyMethod
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flows.reports.text import as_decimal, printable
from flows.rules.rulebook import Criterion

_WIDTH = 120
"""Columns where the output is no terminal and nothing tells (COLUMNS)."""

LABELS = {
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
OPERATORS = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most", "=": "exactly"}
_PLATFORMS = {
    "taobao": "Taobao",
    "tmall": "Tmall",
    "xianyu": "Xianyu",
    "aliexpress": "AliExpress",
    "fliggy": "Fliggy",
    "freshippo": "Freshippo",
}
_NOUNS = {
    "transactions": "order",
    "shops": "shop",
    "active_shops": "shop",
    "ecommerce_households": "household",
    "households": "household",
    "taobao_villages": "village",
}

# ------------------------------------------------------------------------------------------------------------
# Layout


def console() -> Console:
    """Where people are told something: as wide as their terminal, or as COLUMNS says."""
    width = os.environ.get("COLUMNS", "")
    return Console(width=None if sys.stdout.isatty() else int(width) if width.isdecimal() and int(width) else _WIDTH)


def say(on: Console, *lines: str, indent: int = 0) -> None:
    """Prints lines, each folded between words."""
    for line in lines:
        on.print(Padding(Text(printable(line)), (0, 0, 0, indent), expand=False) if line else Text())


def listing(on: Console, rows: Iterable[Sequence[str]], indent: int = 2) -> None:
    """Prints rows without a frame: the last column is folded between words, those before are as wide as they need be."""
    grid = Table.grid(padding=(0, 2))
    for row in rows:
        while len(grid.columns) < len(row):
            grid.add_column(no_wrap=len(grid.columns) < len(row) - 1)
        *first, last = (printable(cell) for cell in row)
        depth = len(last) - len(last.lstrip(" "))
        grid.add_row(*map(Text, first), Padding(Text(last.lstrip(" ")), (0, 0, 0, depth), expand=False))
    on.print(Padding(grid, (0, 0, 0, indent), expand=False))


def table(
    on: Console,
    title: str,
    names: Iterable[str],
    rows: Iterable[Sequence[str]],
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """Prints a table. A cell may have lines; the columns `right`, which hold figures, and `whole` are never folded."""
    told = Table(title=title or None, title_justify="left")
    for name in names:
        justify: JustifyMethod = "right" if name in right else "left"
        told.add_column(name, justify=justify, no_wrap=name in right or name in whole, overflow="fold")
    for row in rows:
        told.add_row(*(Text("\n".join(map(printable, cell.split("\n")))) for cell in row))
    if title:
        on.print()
    on.print(told)


# ------------------------------------------------------------------------------------------------------------
# Figures and days


def count(number: int | Decimal, thing: str) -> str:
    """A number of things: 1 shop, 1,200 shops."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def amount(sum_of_money: Decimal) -> str:
    """An amount as columns hold it: always with its fen."""
    return f"{sum_of_money:,.2f}"


def yuan(sum_of_money: Decimal) -> str:
    """An amount in a sentence: with its fen where there are any, and its unit."""
    return f"{amount(sum_of_money).removesuffix('.00')} yuan"


def day(of: date) -> str:
    """A day, such as 30 June 2020."""
    return f"{of.day} {of:%B %Y}"


def moment(utc: datetime) -> str:
    """A moment, told in UTC, as clocks in China show it."""
    there = utc + timedelta(hours=8)
    return f"{day(there)}, {there:%H:%M} (Beijing time)"


def platform(name: str) -> str:
    """A platform by its usual name."""
    return _PLATFORMS.get(name, name)


def platforms(names: Sequence[str], joined: str = "and") -> str:
    """Platforms by their usual names: Taobao, Tmall and 1688."""
    told = [platform(name) for name in names]
    return f" {joined} ".join([*([", ".join(told[:-1])] if told[1:] else []), told[-1]])


def are(number: int, singular: str, plural: str) -> str:
    """The form of a verb that goes with a number."""
    return singular if number == 1 else plural


# ------------------------------------------------------------------------------------------------------------
# Criteria


def label(criterion: Criterion, on: Sequence[str] | None = None) -> str:
    """What a criterion looks at; where only shops on some platforms count as active, on which."""
    told = LABELS[criterion.metric]
    if on is not None and criterion.metric in ("active_shops", "ecommerce_households"):
        told += f" on {platforms(on, 'or')}"
    if criterion.over is None or (criterion.metric == "ecommerce_households" and is_share(criterion)):
        return told
    if is_share(criterion):
        return f"{told} compared with households"
    return f"{told} per {_NOUNS.get(criterion.over, LABELS[criterion.over])}"


def is_share(criterion: Criterion) -> bool:
    """Whether a criterion is told in per cent."""
    return criterion.over == "households" and criterion.metric != "sales"


def needs(criterion: Criterion, base: int | None = None) -> str:
    """What a criterion asks; of a share of a known base also the smallest number that is enough."""
    if is_share(criterion):
        told = f"{OPERATORS[criterion.op]} {as_decimal(Fraction(criterion.value) * 100):,} %"
        enough = _enough(criterion, base) if base else None
        return told if enough is None else f"{told} ({_things(criterion, enough)})"
    return f"{OPERATORS[criterion.op]} {_value(criterion, Fraction(criterion.value))}"


def has(criterion: Criterion, value: Fraction, figure: int | Decimal | None = None, base: int | None = None) -> str:
    """What there is: the value, and the figures that it is made of where they are known."""
    over_by = value - Fraction(criterion.value)
    if is_share(criterion):
        # threshold and margin, rounded away from the threshold: a share that is not enough is never told as if it were
        threshold = as_decimal(Fraction(criterion.value) * 100)
        places = max(2, -int(threshold.as_tuple().exponent))
        share = f"{threshold + as_decimal(over_by * 100, places):,.{places}f} %"
        return f"{figure:,} of {base:,} ({share})" if figure is not None and base is not None else share
    return _value(criterion, value, figure if criterion.over else None, base)


def gap(criterion: Criterion, value: Fraction, is_met: bool, base: int | None = None, *, is_brief: bool = False) -> str:
    """How far a value is from what is asked; in brief without its share of that."""
    threshold, exact = Fraction(criterion.value), value - Fraction(criterion.value)
    enough = _enough(criterion, base if criterion.over else 1)
    if not exact:
        return "just enough" if is_met else "1 more is needed" if enough is not None else "just that much, and it must be more"
    if enough is not None and criterion.op in (">", ">="):
        figure = floor(value * (base or 1) if criterion.over else value)
        by = abs(figure - enough)
        if not is_met:
            return f"{by:,} more {are(by, 'is', 'are')} needed"
        return f"{by:,} more than needed" if by else "just enough"
    told = as_decimal(abs(exact) * 100, 2) if is_share(criterion) else None
    by_much = _value(criterion, abs(exact)) if told is None else f"{told} percentage points"
    share = _share(abs(exact) / threshold) if threshold and told is None and not is_brief else ""
    return f"{by_much}{share} {'short' if exact < 0 and criterion.op in ('>', '>=') else 'over' if exact > 0 else 'under'}"


def _enough(criterion: Criterion, base: int | None) -> int | None:
    """The smallest whole number that meets a criterion on a number of things, out of a base; None where there is none."""
    if criterion.metric == "sales" or criterion.op not in (">", ">=") or base is None:
        return None
    if criterion.over and not is_share(criterion):
        return None
    exact = Fraction(criterion.value) * base
    return floor(exact) + 1 if criterion.op == ">" else ceil(exact)


def _things(criterion: Criterion, number: int) -> str:
    return count(number, _NOUNS[criterion.metric])


def _value(criterion: Criterion, value: Fraction, figure: int | Decimal | None = None, base: int | None = None) -> str:
    """A value with its unit; of a ratio also the figures that it is made of, where they are known."""
    number = as_decimal(value, 2)
    if criterion.metric == "sales":
        told = yuan(number)
    elif criterion.over is None and criterion.metric in _NOUNS:
        told = f"{number:,} {_NOUNS[criterion.metric]}{'' if number == 1 else 's'}"
    else:
        told = f"{number:,}"
    return told if figure is None or base is None else f"{told} ({figure:,} / {base:,})"


def _share(of: Fraction) -> str:
    """A share of a threshold in brackets, never nought."""
    per_cent = of * 100
    told = "under 0.1" if per_cent < Fraction(1, 10) else f"{as_decimal(per_cent).quantize(Decimal('0.1'), ROUND_HALF_UP):,}"
    return f" ({told} %)"
