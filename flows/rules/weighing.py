"""Criteria weighed against the figures of one place or shop, exactly: what each asks, what there is, whether it is met.

    weigh(rule.criteria, {"sales": Decimal("9999999.99"), "active_shops": 101}) -> Weighed

`flows.rules.expression` decides the same for whole tables; this is for telling why.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product

from flows.rules.rulebook import AllOf, AnyOf, Criterion, Tree

Figure = int | Decimal | bool | None

_COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A criterion, or a group of them, with what there is: `value` of a criterion (None = unknown), `items` of a group."""

    tree: Tree
    is_met: bool
    value: Fraction | None = None
    items: tuple[Weighed, ...] = ()


def weigh(tree: Tree, figures: Mapping[str, Figure]) -> Weighed:
    """A tree with the figures of one place or shop. An unknown figure meets no criterion."""
    if isinstance(tree, Criterion):
        value = _value(tree, figures)
        return Weighed(tree, value is not None and _COMPARE[tree.op](value, Fraction(tree.value)), value)
    items = tuple(weigh(item, figures) for item in tree.items)
    met = [item.is_met for item in items]
    return Weighed(tree, all(met) if isinstance(tree, AllOf) else any(met), items=items)


def _value(criterion: Criterion, figures: Mapping[str, Figure]) -> Fraction | None:
    """What there is: exactly; a yes is 1, a no 0."""
    value, over = figures[criterion.metric], 1 if criterion.over is None else figures[criterion.over]
    return Fraction(value) / Fraction(over) if value is not None and over is not None and over > 0 else None


def ways(tree: Tree) -> tuple[tuple[Criterion, ...], ...]:
    """The ways to meet a tree: it is met where all criteria of one of them are."""
    if isinstance(tree, Criterion):
        return ((tree,),)
    below = [ways(item) for item in tree.items]
    if isinstance(tree, AnyOf):
        return tuple(way for item in below for way in item)
    return tuple(tuple(dict.fromkeys(leaf for way in chosen for leaf in way)) for chosen in product(*below))
