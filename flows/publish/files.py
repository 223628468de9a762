"""The tables that tell where every row went: source_file and quarantine. Contract, section 5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from flows.engine import execute, set_variables
from flows.intake import Segment, Segments


def file_tables(con: duckdb.DuckDBPyConnection, live: Mapping[str, Segment], segments: Segments) -> None:
    """Makes source_file and quarantine of the live files."""
    paths, contents = sorted(live), [live[path] for path in sorted(live)]
    files: dict[str, list[Any]] = {
        "path": paths,
        "unknown_columns": [";".join(s.unknown_columns) or None for s in contents],
        "quarantine_file": [str(segments.quarantine(s)) if s.quarantined else None for s in contents],
    }
    for name in ("table", "format", "sha256", "bytes", "rows", "accepted", "quarantined", "held_reason", "encoding"):
        files[name] = [getattr(s, name) for s in contents]
    set_variables(con, live_files=files)
    execute(con, "publish/live_files")
    execute(con, "publish/source_file")
    quarantined = sorted({file for file in files["quarantine_file"] if file})
    if quarantined:
        set_variables(con, quarantine_files=quarantined)
    execute(con, "publish/quarantine" if quarantined else "publish/no_quarantine")
