"""The table `run`: the lineage of a snapshot. Contract, section 5."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from flows.engine import create_table
from flows.schema import SQL_TYPES, published_tables


@dataclass(frozen=True, slots=True)
class Lineage:
    """How a snapshot came about. `started` is aware; timings are seconds by step."""

    run_id: str
    started: datetime
    seconds: float
    code_version: str
    previous_run_id: str | None
    command: str
    accepted_limits: str | None
    settings: str
    inputs: Mapping[str, Any]
    changes: Mapping[str, Any]
    timings: Mapping[str, float]


def run_table(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> None:
    """Makes the table run, of one row."""
    columns = published_tables()["run"].columns
    create_table(con, "run", {c.name: SQL_TYPES[c.type] for c in columns})
    con.execute(
        f"insert into run values ({', '.join('?' for _ in columns)})",
        [
            lineage.run_id,
            lineage.started.replace(tzinfo=None),
            lineage.seconds,
            lineage.code_version,
            lineage.previous_run_id,
            lineage.command,
            lineage.accepted_limits,
            lineage.settings,
            *(
                json.dumps(told, ensure_ascii=False, sort_keys=True)
                for told in (lineage.inputs, lineage.changes, lineage.timings)
            ),
        ],
    )
