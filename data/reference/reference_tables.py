"""What the scripts that build the division tables share: levels, macros, and how a table is written and told.

A part of `build_divisions.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq


class BuildError(Exception):
    """What the build reads, or makes of it, is not what it knows it to be."""


class Level(NamedTuple):
    """One of the five levels: its name, the digits of its codes, its file in the package."""

    name: str
    digits: int
    file: str
    parent_column: str | None


LEVELS = (
    Level("province", 2, "provinces.csv", None),
    Level("prefecture", 4, "cities.csv", "provinceCode"),
    Level("county", 6, "areas.csv", "cityCode"),
    Level("township", 9, "streets.csv", "areaCode"),
    Level("village", 12, "villages.csv", "streetCode"),
)


def connect() -> duckdb.DuckDBPyConnection:
    """Open a connection with the macros and the table that the build's statements use."""
    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    con.execute(
        """
        -- The code one level up; null for a province.
        create macro parent_of(code) as
            left(code, case length(code) when 4 then 2 when 6 then 4 when 9 then 6 when 12 then 9 end);
        create macro province_of(code) as left(code, 2);
        create macro prefecture_of(code) as left(code, 4);
        create macro county_of(code) as left(code, 6);
        create macro township_of(code) as left(code, 9);
        create macro is_prefecture(code) as length(code) = 4;
        create macro is_county(code) as length(code) = 6;
        create macro is_township(code) as length(code) = 9;
        create macro is_village(code) as length(code) = 12;
        -- One row per edition and code of a package's file, as published.
        create table published (edition integer, digits integer, code varchar, name varchar, parent varchar);
        """
    )
    return con


def schema(**types: pa.DataType) -> pa.Schema:
    """Declare a table's columns, none of them null."""
    return pa.schema([pa.field(name, type_, nullable=False) for name, type_ in types.items()])


def write(table: pa.Table, path: Path) -> None:
    """Write a table, replacing the file in one step; the same rows give the same bytes."""
    part = path.with_name(path.name + ".part")
    # A code is best told from the one before it; all else compresses better as it is than by dictionary.
    encodings = {name: "DELTA_BYTE_ARRAY" if name.endswith("code") else "PLAIN" for name in table.column_names}
    pq.write_table(
        table,
        part,
        compression="zstd",
        compression_level=19,
        use_dictionary=False,
        column_encoding=encodings,
        row_group_size=122_880,
    )
    part.replace(path)


def markdown(head: list[str], body: list[list[str]]) -> str:
    """Tell rows as a Markdown table."""
    rows = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
