"""The declared tables: one schema, one place.

`raw.toml` declares the five raw tables, `published.toml` every published table. Readers, reasons, segments, Parquet
types and comments, the data package, the database and the documentation are made from these two files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent

SQL_TYPES = {
    "int32": "integer",
    "int64": "bigint",
    "text": "varchar",
    "bool": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "double": "double",
    "money": "decimal(18, 2)",
    "sum": "decimal(38, 2)",
}
"""DuckDB's types of the declared types of published columns."""


@dataclass(frozen=True, slots=True)
class RawColumn:
    """A column of a raw table: its kind says how a value is read."""

    name: str
    kind: str
    required: bool
    description: str = ""


@dataclass(frozen=True, slots=True)
class RawTable:
    """A raw table: its grain, key, columns, and the rules between columns (blamed column, reason, condition)."""

    name: str
    grain: str
    key: tuple[str, ...]
    version: tuple[str, ...]
    columns: tuple[RawColumn, ...]
    rules: tuple[tuple[str, str, str], ...]
    place_names: tuple[str, ...]

    @property
    def dated(self) -> str | None:
        """The column that tells when a record was told, where there is one."""
        return next((column.name for column in self.columns if column.name in ("updated_at", "recorded_at")), None)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a published table. `type` is one of `SQL_TYPES`; `nullable` is told of whole numbers only.

    One that is `per_rulebook` stands for a column a rulebook, with the rulebook's name for RULEBOOK.
    """

    name: str
    type: str
    description: str
    unit: str | None = None
    nullable: bool = False
    per_rulebook: bool = False

    def under(self, rulebooks: Iterable[str]) -> Iterator[Column]:
        """The columns that there are of it under these rulebooks."""
        if not self.per_rulebook:
            yield self
            return
        for book in rulebooks:
            name, description = (text.replace("RULEBOOK", book) for text in (self.name, self.description))
            yield replace(self, name=name, description=description, per_rulebook=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A published table: grain, key (the leading columns, by which rows are sorted), partitioned by year or one file.

    `largest_first` is the column by which it is shown, where its rows are for looking at the largest.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    by_year: bool
    clause: str
    columns: tuple[Column, ...]
    largest_first: str | None = None


@cache
def raw_tables() -> dict[str, RawTable]:
    """The raw tables by the name of their folder."""
    declared = tomllib.loads((_HERE / "raw.toml").read_text(encoding="utf-8"))
    return {
        name: RawTable(
            name,
            table["grain"],
            tuple(table["key"]),
            tuple(table["version"]),
            tuple(RawColumn(**column) for column in table["columns"]),
            tuple((blame, reason, condition) for blame, reason, condition in table["rules"]),
            tuple(table.get("place_names", ())),
        )
        for name, table in declared.items()
    }


@cache
def published_tables() -> dict[str, Table]:
    """The published tables by name, in the contract's order, as declared: what there is per rulebook stands there once."""
    declared = tomllib.loads((_HERE / "published.toml").read_text(encoding="utf-8"))
    return {
        name: Table(
            name,
            table["grain"],
            tuple(table["key"]),
            table.get("by_year", False),
            table["clause"],
            tuple(Column(**column) for column in table["columns"]),
            table.get("largest_first"),
        )
        for name, table in declared.items()
    }


def tables_under(rulebooks: Iterable[str]) -> dict[str, Table]:
    """The published tables of a run under these rulebooks: those of published_tables, with every column that there is."""
    books = tuple(rulebooks)
    return {
        name: replace(table, columns=tuple(column for declared in table.columns for column in declared.under(books)))
        for name, table in published_tables().items()
    }
