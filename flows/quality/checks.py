"""Checks of the tables about to be published: a failure means a fault of the program, and nothing is published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from flows.engine import ROOT, identifier, scalar
from flows.schema import Table


class CheckFailed(RuntimeError):
    """The tables contradict themselves; the snapshot before stays current."""


def check_tables(con: duckdb.DuckDBPyConnection, tables: Mapping[str, Table]) -> int:
    """Checks keys and sums; returns how many checks passed. Raises CheckFailed with every check that did not."""
    failed = []
    for table in tables.values():
        without_key, repeated = key_counts(con, table)
        if without_key:
            failed.append(f"{table.name}: {without_key} rows without a key")
        if repeated:
            failed.append(f"{table.name}: {repeated} keys occur more than once")
    paths = sorted(Path(ROOT / "sql" / "quality").glob("*.sql"))
    for path in paths:
        rows = con.execute(path.read_text(encoding="utf-8")).fetchall()
        if rows:
            failed.append(f"{path.stem}: {len(rows)} rows, such as {rows[0]}")
    if failed:
        raise CheckFailed("the tables are not consistent, nothing was published: " + "; ".join(failed))
    return 2 * len(tables) + len(paths)


def key_counts(con: duckdb.DuckDBPyConnection, table: Table) -> tuple[int, int]:
    """Of a published table of the connection: its rows without a key, and its keys that occur more than once."""
    keys = ", ".join(map(identifier, table.key))
    null = " or ".join(f"{identifier(column)} is null" for column in table.key)
    without_key = scalar(con, f"select count(*) from {identifier(table.name)} where {null}")
    repeated = f"select 1 from {identifier(table.name)} group by {keys} having count(*) > 1"
    return int(without_key), int(scalar(con, f"select count(*) from ({repeated})"))
