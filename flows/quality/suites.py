"""The suites: what is checked of every published table and of a delivery (suites.toml), and the facts that it is checked on.

In:  a connection with the published tables by name, and arrived_orders and other_orders. Out: a verdict a check and table.
Big tables are never read into Python: the statements of sql/quality/facts make small ones, a row a thing that is checked.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import duckdb

from flows.engine import execute
from flows.quality.checks import key_counts
from flows.schema import Table

Fact = dict[str, list[Any]]
"""The columns of a small table: table_name, what (is checked), and figures."""


@dataclass(frozen=True, slots=True)
class Check:
    """An expectation on a column of a fact: every value from `min` to `max`, nulls apart."""

    name: str
    fact: str
    column: str
    severity: Literal["stop", "warn"]
    why: str
    min: float | None = None
    max: float | None = None

    @property
    def bounds(self) -> str:
        """What every value may be, in words."""
        limits = (("at least", self.min), ("at most", self.max))
        return ", ".join(f"{told} {limit:g}" for told, limit in limits if limit is not None)


@cache
def checks() -> tuple[Check, ...]:
    """The declared checks."""
    declared = tomllib.loads(Path(__file__).with_name("suites.toml").read_text(encoding="utf-8"))
    return tuple(Check(name, **told) for name, told in declared.items())


def facts(con: duckdb.DuckDBPyConnection, tables: Iterable[Table], today: date) -> dict[str, Fact]:
    """The facts of the connection's tables, by name. `today` is the day of the run in Asia/Shanghai."""
    counted = [(table.name, f"rows by {', '.join(table.key)}", *key_counts(con, table)) for table in tables]
    found = {"keys": _columns(("table_name", "what", "without_key", "repeated"), counted)}
    for name in sorted({check.fact for check in checks()} - {"keys"}):
        result = execute(con, f"quality/facts/{name}", **({"today": today} if name == "delivery" else {}))
        names = [column[0] for column in result.description or ()]
        found[name] = _columns(names, result.fetchall())
    return found


def _columns(names: Iterable[str], rows: Sequence[Sequence[Any]]) -> Fact:
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def suites(found: Mapping[str, Fact]) -> dict[str, list[tuple[Check, Fact]]]:
    """By suite, that is by published table or `delivery`: its checks, each with the rows of its fact that are about it."""
    made: dict[str, list[tuple[Check, Fact]]] = {}
    for check in checks():
        fact = found[check.fact]
        for about in dict.fromkeys(fact["table_name"]):
            rows = [at for at, name in enumerate(fact["table_name"]) if name == about]
            told = {column: [values[at] for at in rows] for column, values in fact.items()}
            if any(value is not None for value in told[check.column]):
                made.setdefault(about, []).append((check, told))
    return made
