"""Metrics of the last run, as a file that node_exporter's collector of text files reads. Seconds, bytes and rows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from flows.reports.tables import rows_of

if TYPE_CHECKING:
    from flows.census import Outcome


class _Gauges:
    """Gauges of the census, by name; one with labels has a value for each of them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._gauges: dict[str, Gauge] = {}

    def set(self, name: str, meaning: str, value: float, **labels: str) -> None:
        """Sets a value."""
        if name not in self._gauges:
            self._gauges[name] = Gauge(f"census_{name}", meaning, list(labels), registry=self.registry)
        (self._gauges[name].labels(**labels) if labels else self._gauges[name]).set(value)


def write_metrics(
    path: Path,
    started: datetime,
    timings: Mapping[str, float],
    current: Path | None,
    outcome: Outcome | None,
    error: BaseException | None,
) -> None:
    """Replaces the metrics file, in one step.

    `timings` are seconds by step, `current` the current snapshot, of which is told also where a run was refused or failed.
    Files by what became of them are missing there.
    """
    gauges, ended, excesses = _Gauges(), datetime.now(UTC), getattr(error, "excesses", ())
    gauges.set(
        "run_success", "1 where the last run published or found nothing new, 0 where it was refused or failed", error is None
    )
    gauges.set("run_refused", "1 where a limit kept the last run from publishing", bool(excesses))
    gauges.set("run_timestamp_seconds", "when the last run ended", ended.timestamp())
    gauges.set("run_duration_seconds", "how long it took", (ended - started).total_seconds())
    if error is not None:
        gauges.set("run_error", "1 by the kind of error that ended it", 1, kind=type(error).__name__)
    for excess in excesses:
        gauges.set("limit_exceeded", "files or findings over a limit", len(excess.lines), limit=excess.limit)
    for step, seconds in timings.items():
        gauges.set("step_duration_seconds", "how long a step took", seconds, step=step)
    if outcome is not None:
        for what, paths in asdict(outcome.changes).items():
            gauges.set("files", "files by what became of them", len(paths), what=what)
    if current is not None:
        with suppress(OSError, duckdb.Error):  # a damaged snapshot is no reason to tell nothing of the run
            _tell_snapshot(gauges, current)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(os.fspath(path), gauges.registry)


def _tell_snapshot(gauges: _Gauges, snapshot: Path) -> None:
    """What the current snapshot tells: when it was made, and the rows of its files."""
    ((_, made_at, _),), files = rows_of(snapshot, "reports/this_snapshot", "reports/files")
    gauges.set(
        "snapshot_timestamp_seconds", "when the run began that made the current snapshot", made_at.replace(tzinfo=UTC).timestamp()
    )
    for table, _, rows, quarantined, held in files:
        gauges.set("rows", "rows of live files", rows, table=table)
        gauges.set("rows_quarantined", "rows of live files in quarantine", quarantined, table=table)
        gauges.set("files_held", "files of which no row is used", held, table=table)
