"""Progress of a run on standard error: bars on a terminal, plain lines elsewhere, or a JSON object a line for log collectors."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, Self, TextIO

import rich.progress as bars
from rich.console import Console

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


class Bars(Progress):
    """A line of the running step; while files are read, a bar with the bytes, their rate and the time that remains."""

    def __init__(self, console: Console) -> None:
        self._progress = bars.Progress(
            bars.SpinnerColumn(),
            bars.TextColumn("{task.description}", markup=False),
            *(bars.BarColumn(), bars.DownloadColumn(), bars.TransferSpeedColumn(), bars.TimeRemainingColumn()),
            console=console,
            transient=True,
        )
        self._bar: bars.TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def step(self, name: str, weight: int = 0, total: int = 0) -> Iterator[None]:
        """Shows a step."""
        if self._bar is None or not total:
            if self._bar is not None:
                self._progress.remove_task(self._bar)
            self._bar = self._progress.add_task("", total=total or None)
        bar = self._bar
        self._progress.update(bar, description=printable(name))
        yield
        if total:
            self._progress.advance(bar, weight)
        else:
            self._progress.remove_task(bar)
            self._bar = None


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

    def done(self, name: str, seconds: float, weight: int) -> None:
        """Tells of a step."""
        self.tell("step", step=name, seconds=round(seconds, 3), bytes=weight or None)

    def tell(self, event: str, level: str = "info", **told: Any) -> None:
        """Tells of an event."""
        line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "event": event}
        line |= {name: value for name, value in told.items() if value is not None}
        self._stream.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        self._stream.flush()


def progress(as_json: bool, log_format: str) -> Progress:
    """What tells of a run: nothing where the outcome is told to a machine, unless it asks for JSON lines."""
    if log_format == "json":
        return JsonLines()
    if as_json:
        return Progress()
    console = Console(stderr=True)
    return Bars(console) if console.is_terminal else Lines(console)
