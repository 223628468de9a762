"""Metrics of the last run, as a file that node_exporter's collector of text files reads. Seconds, bytes and rows."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from flows.reports.tables import rows_of

if TYPE_CHECKING:
    from flows.census import Outcome


def write_metrics(path: Path, started: datetime, outcome: Outcome | None, error: BaseException | None) -> None:
    """Replaces the metrics file, in one step. What only a publication tells is missing where there was none."""
    registry = CollectorRegistry()

    def gauge(name: str, meaning: str, value: float, **labels: str) -> None:
        if name not in gauges:
            gauges[name] = Gauge(f"census_{name}", meaning, list(labels), registry=registry)
        (gauges[name].labels(**labels) if labels else gauges[name]).set(value)

    gauges: dict[str, Gauge] = {}
    ended = datetime.now(UTC)
    gauge("run_success", "1 where the last run published or found nothing new, 0 where it was refused or failed", error is None)
    gauge("run_timestamp_seconds", "when the last run ended", ended.timestamp())
    gauge("run_duration_seconds", "how long it took", (ended - started).total_seconds())
    if error is not None:
        gauge("run_error", "1 by the kind of error that ended it", 1, kind=type(error).__name__)
    if outcome is not None:
        for step, seconds in outcome.timings.items():
            gauge("step_duration_seconds", "how long a step took", seconds, step=step)
        for what in ("arrived", "corrected", "vanished", "withdrawn"):
            gauge("files", "files by what became of them", len(getattr(outcome.changes, what)), what=what)
        gauge("snapshot_timestamp_seconds", "when the current snapshot was made", outcome.snapshot.stat().st_mtime)
        (files,) = rows_of(outcome.snapshot, "reports/files")
        for table, _, rows, quarantined, held in files:
            gauge("rows", "rows of live files", rows, table=table)
            gauge("rows_quarantined", "rows of live files in quarantine", quarantined, table=table)
            gauge("files_held", "files of which no row is used", held, table=table)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(os.fspath(path), registry)
