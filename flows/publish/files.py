"""The tables that tell where every row went: source_file and quarantine. Contract, section 5."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from flows.engine import execute, set_variables
from flows.intake import Segment, Segments


def file_tables(con: duckdb.DuckDBPyConnection, live: Mapping[str, Segment], segments: Segments) -> None:
    """Makes source_file and quarantine of the live files."""
    rows = [
        {
            "table": s.table, "path": path, "format": s.format, "sha256": s.sha256, "bytes": s.bytes, "rows": s.rows,
            "accepted": s.accepted, "quarantined": s.quarantined, "held_reason": s.held_reason, "encoding": s.encoding,
            "unknown_columns": ";".join(s.unknown_columns) or None,
            "quarantine_file": str(segments.quarantine(s)) if s.quarantined else None,
        }
        for path, s in sorted(live.items())
    ]  # fmt: skip
    text, count = pa.string(), pa.int64()
    schema = pa.schema(
        {
            "table": text, "path": text, "format": text, "sha256": text, "bytes": count, "rows": count, "accepted": count,
            "quarantined": count, "held_reason": text, "encoding": text, "unknown_columns": text, "quarantine_file": text,
        }
    )  # fmt: skip
    con.register("live_files", pa.Table.from_pylist(rows, schema))
    execute(con, "publish/source_file")
    files = sorted({row["quarantine_file"] for row in rows if row["quarantine_file"]})
    if files:
        set_variables(con, quarantine_files=files)
    execute(con, "publish/quarantine" if files else "publish/no_quarantine")
