"""`census.duckdb`: a view per table, for analysts and BI drivers. Contract, section 5."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from flows.engine import identifier, no_rows
from flows.publish.tables import files_of
from flows.schema import SQL_TYPES, Table


def write_database(tables: Iterable[Table], snapshot: Path) -> None:
    """Writes a database that any DuckDB since 1.0 opens read-only, from any working directory.

    Its views name the snapshot's own files absolutely, so they show this snapshot also once another is current.
    """
    path = snapshot / "census.duckdb"
    with duckdb.connect() as con:
        con.execute(f"attach {_literal(str(path))} as census (storage_version 'v1.0.0')")
        con.execute("use census")
        con.execute("begin")
        for table in tables:
            name = identifier(table.name)
            files = [str(file.absolute()) for file in files_of(table, snapshot)]
            columns = ", ".join(identifier(c.name) for c in table.columns)
            if files:
                listed = ", ".join(map(_literal, files))
                query = f"select {columns} from read_parquet([{listed}], hive_partitioning = false)"
            else:
                query = no_rows({c.name: SQL_TYPES[c.type] for c in table.columns})
            con.execute(f"create view {name} as {query}")
            con.execute(f"comment on view {name} is {_literal(table.grain)}")
            for column in table.columns:
                con.execute(f"comment on column {name}.{identifier(column.name)} is {_literal(column.description)}")
        con.execute("commit")
        con.execute("use memory")
        con.execute("detach census")


def _literal(text: str) -> str:
    """A text as an SQL literal: a view's text cannot hold parameters."""
    return "'" + text.replace("'", "''") + "'"
