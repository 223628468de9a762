"""What other programs are told of every run, if they want to: metrics for Prometheus, lineage for OpenLineage.

    with observed(settings, started, timings) as observation:
        observation.see(outcome)

Neither is ever in the way of a run: what goes wrong with them is a warning.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from flows.ledger import Locked
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.census import Outcome
    from flows.reports.lineage import LineageRun

T = TypeVar("T")
_LOG = logging.getLogger("census")


class Observation:
    """What a run comes to: an outcome once it is seen."""

    outcome: Outcome | None = None

    def see(self, outcome: Outcome) -> None:
        """Takes note of the outcome."""
        self.outcome = outcome


@contextmanager
def observed(settings: Settings, started: datetime, timings: Mapping[str, float]) -> Iterator[Observation]:
    """Tells of a run that begins, and then of its outcome or error. `timings` are its seconds by step, which it adds to."""
    seen = Observation()
    lineage = _unless_it_fails(lambda: _lineage_of(settings, started)) if settings.lineage else None
    error: BaseException | None = None
    try:
        yield seen
    except BaseException as raised:
        error = raised
        raise
    finally:
        if lineage:
            _unless_it_fails(partial(lineage.end, seen.outcome, error))
        if settings.metrics_file and not isinstance(error, Locked):  # the run that has the warehouse tells of itself
            _unless_it_fails(partial(_write_metrics, settings, settings.metrics_file, started, timings, seen.outcome, error))


def _lineage_of(settings: Settings, started: datetime) -> LineageRun:
    from flows.reports.lineage import LineageRun

    return LineageRun(settings, started)


def _write_metrics(
    settings: Settings,
    path: Path,
    started: datetime,
    timings: Mapping[str, float],
    outcome: Outcome | None,
    error: BaseException | None,
) -> None:
    from flows.publish import Snapshots
    from flows.reports.metrics import write_metrics

    write_metrics(path, started, timings, Snapshots(settings.warehouse).current(), outcome, error)


def _unless_it_fails(tell: Callable[[], T]) -> T | None:
    try:
        return tell()
    except ModuleNotFoundError as error:
        _LOG.warning("census: no lineage, %s: pip install 'taobao-village-census[lineage]'", error)
        return None
    except Exception as error:  # noqa: BLE001 (whatever another program's library does, the census goes on)
        _LOG.warning("census: metrics or lineage could not be told: %s: %s", type(error).__name__, error)
        return None
