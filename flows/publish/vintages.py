"""Vintages: the tables of an earlier snapshot beside those of a later one, and the table `revision`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from flows.engine import create_table, execute, identifier, no_rows
from flows.publish.tables import files_of
from flows.schema import SQL_TYPES, published_tables

_COMPARED = {
    "village": ("village_status", "village_code", None),
    "township": ("township_status", "township_code", None),
    "headline": ("headline", "metric", ("value",)),
}
"""By kind: the table, the column that is its code, and which other columns are compared (None = all)."""


def open_tables(con: duckdb.DuckDBPyConnection, snapshot: Path, prefix: str, names: Iterable[str]) -> None:
    """Makes views PREFIXTABLE of a snapshot's files, with the columns that these have."""
    for name in names:
        table = published_tables()[name]
        if files := [str(path) for path in files_of(table, snapshot)]:
            rows = con.from_parquet(files, hive_partitioning=False)
        else:
            rows = con.sql(no_rows({c.name: SQL_TYPES[c.type] for c in table.columns}))
        rows.create_view(f"{prefix}{name}", replace=True)


def revision_table(con: duckdb.DuckDBPyConnection, before: Path | None, rulebooks: Iterable[str]) -> None:
    """Makes revision: what the connection's tables change of the final years of the snapshot before; nothing without one.

    Of a column that the snapshot before did not have yet, nothing is told.
    """
    create_table(con, "revision", {c.name: SQL_TYPES[c.type] for c in published_tables()["revision"].columns})
    if before is None:
        return
    open_tables(con, before, "earlier_", (table for table, _, _ in _COMPARED.values()))
    execute(con, "publish/final_years", rulebooks=list(rulebooks))
    for kind, (table, code, compared) in _COMPARED.items():
        there = set(con.view(f"earlier_{table}").columns)
        others = [c for c in con.table(table).columns if c in (compared or there - {"year", "rulebook", code})]
        columns = ", ".join(["year", "rulebook", f"{identifier(code)} as code", *map(identifier, others)])
        for rows, source in (("earlier_rows", f"earlier_{table}"), ("later_rows", table)):
            con.execute(
                f"create or replace temp view {rows} as select {columns} from {identifier(source)} "
                "semi join final_years using (year, rulebook)"
            )
        execute(con, "publish/revision", kind=kind, columns=others)
