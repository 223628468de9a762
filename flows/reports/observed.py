"""What other programs are told of every run, if they want to: metrics for Prometheus, lineage for OpenLineage.

    outcome = observed(settings, started, timings, run)

Neither is ever in the way of a run: what goes wrong with them is a warning.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
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


def observed(settings: Settings, started: datetime, timings: Mapping[str, float], run: Callable[[], Outcome]) -> Outcome:
    """The outcome of a run; as it begins, and as it ends, others are told of it. `timings`, in seconds by step, it adds to."""
    lineage = _unless_it_fails(lambda: _lineage_of(settings, started)) if settings.lineage else None
    outcome, error = None, None
    try:
        outcome = run()
    except BaseException as raised:
        error = raised
        raise
    finally:
        if lineage:
            _unless_it_fails(partial(lineage.end, outcome, error))
        if settings.metrics_file and not isinstance(error, Locked):  # the run that has the warehouse tells of itself
            _unless_it_fails(partial(_write_metrics, settings, settings.metrics_file, started, timings, outcome, error))
    return outcome


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
