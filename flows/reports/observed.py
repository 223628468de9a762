"""What other programs are told of every run, if they want to: metrics for Prometheus, lineage for OpenLineage.

    with observed(settings, started) as observation:
        observation.see(outcome)

Neither is ever in the way of a run: what goes wrong with them is a warning.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from flows.settings import Settings

if TYPE_CHECKING:
    from flows.census import Outcome

T = TypeVar("T")
_LOG = logging.getLogger("census")


class Observation:
    """What a run comes to: an outcome once it is seen."""

    outcome: Outcome | None = None

    def see(self, outcome: Outcome) -> None:
        """Takes note of the outcome."""
        self.outcome = outcome


@contextmanager
def observed(settings: Settings, started: datetime) -> Iterator[Observation]:
    """Tells of a run that begins, and then of its outcome or error."""
    seen = Observation()
    lineage = None
    if settings.lineage:
        from flows.reports.lineage import LineageRun

        lineage = _unless_it_fails(lambda: LineageRun(settings, started))
    error: BaseException | None = None
    try:
        yield seen
    except BaseException as raised:
        error = raised
        raise
    finally:
        if lineage:
            _unless_it_fails(partial(lineage.end, seen.outcome, error))
        if settings.metrics_file:
            _unless_it_fails(partial(_write, settings.metrics_file, started, seen.outcome, error))


def _write(path: Path, started: datetime, outcome: Outcome | None, error: BaseException | None) -> None:
    from flows.reports.metrics import write_metrics

    write_metrics(path, started, outcome, error)


def _unless_it_fails(tell: Callable[[], T]) -> T | None:
    try:
        return tell()
    except Exception as error:  # noqa: BLE001 (whatever another program's library does, the census goes on)
        _LOG.warning("census: metrics or lineage could not be told: %s: %s", type(error).__name__, error)
        return None
