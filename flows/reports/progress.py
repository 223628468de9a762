"""Progress of a run on standard error: bars on a terminal, plain lines elsewhere, or a JSON object a line for log collectors."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Self, TextIO

import rich.progress as bars
from rich.console import Console, RenderableType
from rich.table import Column

from flows.reports.text import printable

_LONG = 1.0
"""Seconds from which on a step is worth a plain line."""


class Progress(AbstractContextManager["Progress"]):
    """Tells nothing. What tells something overrides `done`, or `step` altogether."""

    def __exit__(self, *_: object) -> None:
        """Ends."""

    @contextmanager
    def step(self, name: str, weight: int = 0, total: int = 0) -> Iterator[None]:
        """Shows a step while it lasts; one of several has a weight, in bytes, of their total."""
        begun = time.monotonic()
        yield
        self.done(name, time.monotonic() - begun, weight)

    def done(self, name: str, seconds: float, weight: int) -> None:
        """Tells that a step is done."""

    def tell(self, event: str, level: str = "info", **told: Any) -> None:
        """Tells of an event, to those who log."""


class _OfFiles(bars.ProgressColumn):
    """A column that is shown while files are read, and empty in other steps."""

    def __init__(self, column: bars.ProgressColumn) -> None:
        super().__init__(Column(no_wrap=True))
        self._column = column

    def render(self, task: bars.Task) -> RenderableType:
        """What the column shows of files."""
        return self._column(task) if task.fields["is_reading"] else ""


class Bars(Progress):
    """A line of the running step; while files are read, a bar with the bytes, their rate and the time that remains.

    Steps may run side by side: it names the one that began last.
    """

    def __init__(self, console: Console) -> None:
        self._progress = bars.Progress(
            bars.SpinnerColumn(),
            bars.TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
            _OfFiles(bars.BarColumn(16)),
            *map(_OfFiles, (bars.DownloadColumn(), bars.TransferSpeedColumn(), bars.TimeRemainingColumn(compact=True))),
            console=console,
            transient=True,
            expand=True,
        )
        self._bar = self._progress.add_task("starting", is_reading=False)
        self._running: list[str] = []
        self._total = 0
        self._lock = Lock()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def step(self, name: str, weight: int = 0, total: int = 0) -> Iterator[None]:
        """Shows a step."""
        with self._lock:
            if total != self._total:
                self._total = total
                self._progress.reset(self._bar, total=total or 1, description=printable(name), is_reading=total > 0)
            self._running.append(name)
            self._progress.update(self._bar, description=printable(name))
        try:
            yield
        finally:
            with self._lock:
                self._running.remove(name)
                if self._running:
                    self._progress.update(self._bar, description=printable(self._running[-1]))
        if total:
            self._progress.advance(self._bar, weight)


class Lines(Progress):
    """A line for each step that took long."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def done(self, name: str, seconds: float, weight: int) -> None:
        """Tells of a long step."""
        if seconds >= _LONG:
            self._console.print(f"{printable(name)}: {seconds:.1f} s", markup=False, highlight=False, soft_wrap=True)


class JsonLines(Progress):
    """A JSON object a line: time (UTC), level, event, and what belongs to it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._handler = _Records(self)

    def __enter__(self) -> Self:
        logging.getLogger("census").addHandler(self._handler)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("census").removeHandler(self._handler)

    def done(self, name: str, seconds: float, weight: int) -> None:
        """Tells of a step."""
        self.tell("step", step=name, seconds=round(seconds, 3), bytes=weight or None)

    def tell(self, event: str, level: str = "info", **told: Any) -> None:
        """Tells of an event."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "event": event}
        line |= {name: value for name, value in told.items() if value is not None}
        self._stream.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        self._stream.flush()


class _Records(logging.Handler):
    """Tells what is logged as events, too."""

    def __init__(self, to: JsonLines) -> None:
        super().__init__()
        self._to = to

    def emit(self, record: logging.LogRecord) -> None:
        """Tells a record."""
        self._to.tell("log", record.levelname.lower(), message=record.getMessage())


def progress(as_json: bool, log_format: str) -> Progress:
    """What tells of a run: nothing where the outcome is told to a machine, unless it asks for JSON lines."""
    if log_format == "json":
        return JsonLines()
    if as_json:
        return Progress()
    console = Console(stderr=True)
    return Bars(console) if console.is_terminal else Lines(console)
