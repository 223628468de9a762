"""Criteria as DuckDB expressions over columns that are named as the metrics (contract, sections 3 and 4).

Comparisons are exact: sales are turned into whole fen, every number is a HUGEINT, and a threshold n/d is
compared by multiplying across (metric * d >= n * over). With sums of up to 10^15 yuan every product fits into
128 bits; where one does not, DuckDB raises OutOfRangeException. A null meets no criterion.

    con.table("village").select(by_year(book.village, lambda rule: expression(rule.criteria)))
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, TypeVar

from duckdb import CaseExpression, CoalesceOperator, ColumnExpression, ConstantExpression, Expression

from flows.rules.rulebook import AllOf, Criterion, Rule, Tree, leaves

_COMPARE: dict[str, Callable[[Any, Any], Expression]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}

_NULL = ConstantExpression(None).cast("BOOLEAN")

_R = TypeVar("_R", bound=Rule)


def expression(tree: Tree | None) -> Expression:
    """BOOLEAN, never null: whether the criteria are met; where there are none (None) they never are.

    Columns: `sales` DECIMAL(38,2) in yuan, `open_at_year_end` BOOLEAN, every other metric an integer.
    """
    if tree is None:
        return ConstantExpression(False)
    if isinstance(tree, Criterion):
        return CoalesceOperator(_comparison(tree), False)
    items = map(expression, tree.items)
    return reduce(operator.and_ if isinstance(tree, AllOf) else operator.or_, items)


def _comparison(criterion: Criterion) -> Expression:
    """A leaf as it stands, null where a metric is."""
    compare = _COMPARE[criterion.op]
    if isinstance(criterion.value, bool):
        return compare(ColumnExpression(criterion.metric), criterion.value)
    threshold = criterion.value * units(criterion.metric)
    if criterion.over is None:
        return compare(_whole(criterion.metric) * threshold.denominator, threshold.numerator)
    threshold /= units(criterion.over)
    over = _whole(criterion.over)
    return (over > 0) & compare(_whole(criterion.metric) * threshold.denominator, over * threshold.numerator)


def units(metric: str) -> int:
    """How many of the units that are counted make one of the metric's: 100 fen a yuan."""
    return 100 if metric == "sales" else 1


def _whole(metric: str) -> Expression:
    """A metric as a whole number (HUGEINT): sales in fen."""
    column = ColumnExpression(metric)
    return (column * 100 if metric == "sales" else column).cast("HUGEINT")


def met(tree: Tree, *, metric: str | None = None, over: str | None = None) -> Expression:
    """BOOLEAN: whether any of a tree's criteria of one kind is met; null where the tree has none of it.

    The kind: those on `metric` (None = whatever metric) with exactly this `over` (None = without one). So the
    columns `met_sales`, `met_shops`, `met_households` are met(tree, metric="sales"),
    met(tree, metric="active_shops") and met(tree, over="households").
    """
    kind = [leaf for leaf in leaves(tree) if leaf.over == over and metric in (None, leaf.metric)]
    return reduce(operator.or_, map(expression, kind)) if kind else _NULL


def met_unit(units: Iterable[str] | None) -> Expression:
    """BOOLEAN: whether the column `unit_type` is one of the units; null where any unit will do (None)."""
    return _NULL if units is None else ColumnExpression("unit_type").isin(*units)


def by_year(rules: Iterable[_R], make: Callable[[_R], Expression], default: object = None) -> Expression:
    """For each row what `make` gives for the rule of its year (the column `year`); else the default."""
    branches = [(_covers(rule), make(rule)) for rule in rules]
    case = reduce(lambda built, branch: built.when(*branch), branches[1:], CaseExpression(*branches[0]))
    return case.otherwise(default)


def _covers(rule: Rule) -> Expression:
    """Whether the row's year is one of the rule's."""
    year = ColumnExpression("year")
    covered = ConstantExpression(True)
    if rule.first_year is not None:
        covered &= year >= rule.first_year
    if rule.last_year is not None:
        covered &= year <= rule.last_year
    return covered
