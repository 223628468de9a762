"""Checks of the tables about to be published: a failure means a fault of the program, and nothing is published."""

from __future__ import annotations

from pathlib import Path

import duckdb

from flows.engine import ROOT, identifier, scalar
from flows.schema import Table


class CheckFailed(RuntimeError):
    """The tables contradict themselves; the snapshot before stays current."""


def check_tables(con: duckdb.DuckDBPyConnection, tables: dict[str, Table]) -> int:
    """Checks keys and sums; returns how many checks passed. Raises CheckFailed with every check that did not."""
    failed = []
    for table in tables.values():
        keys = ", ".join(map(identifier, table.key))
        null = " or ".join(f"{identifier(column)} is null" for column in table.key)
        query = f"select count(*) from {identifier(table.name)}"
        if count := scalar(con, f"{query} where {null}"):
            failed.append(f"{table.name}: {count} rows without a key")
        repeated = f"select 1 from {identifier(table.name)} group by {keys} having count(*) > 1"
        if count := scalar(con, f"select count(*) from ({repeated})"):
            failed.append(f"{table.name}: {count} keys occur more than once")
    paths = sorted(Path(ROOT / "sql" / "quality").glob("*.sql"))
    for path in paths:
        rows = con.execute(path.read_text(encoding="utf-8")).fetchall()
        if rows:
            failed.append(f"{path.stem}: {len(rows)} rows, such as {rows[0]}")
    if failed:
        raise CheckFailed("the tables are not consistent, nothing was published: " + "; ".join(failed))
    return 2 * len(tables) + len(paths)
