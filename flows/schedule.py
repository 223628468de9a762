"""The census in Prefect: the flow `census`, its deployments, and what a flow run shows in the UI.

The steps are those of `flows.census`, a task a step; files are read by a few dozen tasks, however many there are. What reads
files is tried again where the disk fails. A run that is refused is a failed flow run that says why.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar, copy_context
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import yaml
from prefect import flow, get_client, get_run_logger, runtime, serve, task
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.assets import materialize
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import ConcurrencyLimitConfig, State, StateType
from prefect.events import emit_event
from prefect.schedules import Cron
from prefect.states import Cancelled, Crashed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from prefect.tasks import exponential_backoff
from prefect.types.entrypoint import EntrypointType

from flows.census import NotReleased, Outcome, Refused, Request, closed_year, take_census
from flows.census import release as sign
from flows.cluster import count_slots
from flows.ledger import Locked, locked, raw_folder
from flows.reports import artifacts
from flows.settings import Settings, load_settings
from flows.steps import Showing, Step, T, shown_nowhere

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

DEPLOYMENTS = Path(__file__).with_name("prefect.yaml")
DAILY = "census/census-daily"
_MOST_TASKS = 40
"""Tasks that read files, at most: a task costs milliseconds, and many at once stall the server."""
_TASKS_A_SLOT = 4
"""Tasks for each that a cluster does at once: large files and small ones, so that all end together."""
_PATIENCE = 5
"""Seconds between looks at whether a run is at work."""
_OURS = FlowFilter(name=FlowFilterName(any_=["census"]))
_BEIJING = ZoneInfo("Asia/Shanghai")
_A_DAY = 24 * 60 * 60
_asked: ContextVar[Callable[[], Outcome | Exception]] = ContextVar("_asked")
"""What `run_as_flow` was asked for."""
_NOT_DONE = (Refused, Locked)
"""What keeps a run from publishing without being a fault."""


@flow(name="census", timeout_seconds=_A_DAY)
def census(
    raw: Path | str | None = None,
    warehouse: Path | None = None,
    accept: tuple[Literal["held", "quarantine", "orphans", "future"], ...] = (),
    rebuild: bool = False,
    as_of: date | None = None,
    checks: Literal["sql", "full"] = "full",
    release: bool = False,
    year: int | None = None,
) -> Outcome | State[Any]:
    """Take in what is new in the raw folder and publish a snapshot.

    Args:
        raw: Folder of the delivered files, or s3://BUCKET/PREFIX. Without it: what CENSUS_RAW or census.toml says.
        warehouse: Folder of the results. Without it: what CENSUS_WAREHOUSE or census.toml says.
        accept: Publish although these limits are exceeded.
        rebuild: Compare what is kept of the files with its checksums, and compute everything anew.
        as_of: Use only what was recorded up to this day. It becomes the current snapshot: use a warehouse of its own.
        checks: Check the sums of the tables alone, or also all that Great Expectations checks (docs/checks.md).
        release: Then release the figures of a statistical year, if nothing is in the way.
        year: The year to release. Without it: the one that was over last, by the calendar.
    """
    settings = load_settings(raw=raw, warehouse=warehouse, checks=checks)
    request = Request("rebuild" if rebuild else "run", (), frozenset(accept), as_of)
    told = _take(settings, request, shown_nowhere)
    if release and isinstance(told, Outcome):
        told = _release(settings, year or closed_year(settings), request.accept) or told
    if not isinstance(told, Outcome):  # it has been told, and is no fault of the program
        for engine in ("prefect.engine", "prefect.flow_runs"):
            logging.getLogger(engine).addFilter(lambda record: not record.exc_info)
    return _ended(told)


def run_as_flow(settings: Settings, request: Request, showing: Showing) -> Outcome:
    """The same in this process, as a flow run of its own. Raises what `take_census` does."""
    taken: list[Outcome | Exception] = []

    def take() -> Outcome | Exception:
        taken.append(told := _take(settings, request, showing))
        return told

    _asked.set(take)
    state = _census_here(return_state=True)
    if not taken:
        state.result()  # raises what went wrong
    if not isinstance(taken[0], Outcome):
        raise taken[0]
    return taken[0]


@flow(name="census", validate_parameters=False)
def _census_here() -> Outcome | State[Any]:
    """The flow of this process. A cluster is sent it with every task, so it names nothing that cannot be sent."""
    return _ended(_take_asked())


def _take_asked() -> Outcome | Exception:
    return _asked.get()()


def _ended(told: Outcome | Exception) -> Outcome | State[Any]:
    """How a flow run ends: refused is failed; beside another run, it is cancelled as by the limit of the deployment."""
    if isinstance(told, Outcome):
        return told
    return Cancelled(message=str(told)) if isinstance(told, Locked) else Failed(message=str(told))


def _take(settings: Settings, request: Request, showing: Showing) -> Outcome | Exception:
    """Takes the census as the flow run under way, and shows there what it came to. Returns what kept it from publishing."""
    log = get_run_logger()
    _name_run("looking for files")
    try:
        if settings.runner == "dask":
            settings = settings.absolute()
        outcome = take_census(settings, request, _AsTasks(settings), showing)
    except _NOT_DONE as error:
        _name_run("refused" if isinstance(error, Refused) else "another run is at work")
        if isinstance(error, Refused):
            _show(artifacts.of_refusal(error.excesses))
            limits = {excess.limit: list(excess.lines) for excess in error.excesses}
            _emit(settings, "refused", limits)
            if "held" in limits:
                _emit(settings, "held", {"files": limits["held"]})
        log.error("not published: %s", error)
        return error
    changes = outcome.changes
    files = len({*changes.arrived, *changes.corrected, *changes.withdrawn})
    _name_run(_files(files) if files else "published" if outcome.published else "nothing new")
    log.info("published %s" if outcome.published else "nothing new, current is %s", outcome.snapshot)
    if outcome.published:
        try:
            _show(artifacts.of_outcome(outcome, settings))
            _tell_assets(outcome, settings)
            _emit(settings, "published", {"snapshot": outcome.snapshot.name, "files": files, "rows": dict(outcome.rows)})
        except Exception:
            log.exception("published, but not all of it is shown here")
    return outcome


def _release(settings: Settings, year: int, accept: frozenset[str]) -> NotReleased | Locked | None:
    """Releases a year's figures; returns what is in the way."""
    try:
        made = task(name=f"release {year}", cache_policy=NO_CACHE)(partial(sign, settings, year, accept, "census-year-end"))()
    except NotReleased as held:
        _show(artifacts.of_gate(year, held.reasons))
        _name_run(f"{year} is not released")
        return held
    except Locked as busy:
        _name_run("another run is at work")
        return busy
    _name_run(f"released {made.name}" if made else f"nothing changed since the last release of {year}")
    return None


class _AsTasks:
    """Executes steps as tasks of the flow run under way; those of `all` on a Dask cluster, where the settings name one."""

    def __init__(self, settings: Settings) -> None:
        self._address = settings.address
        self.elsewhere = count_slots(settings) if settings.runner == "dask" else 0

    def _runner(self, workers: int) -> TaskRunner[Any]:
        if not self.elsewhere:
            return ThreadPoolTaskRunner(max_workers=workers)
        from prefect_dask.task_runners import DaskTaskRunner

        return DaskTaskRunner(address=self._address, client_kwargs={"set_as_default": False})

    def one(self, name: str, step: Callable[[], T]) -> T:
        return task(name=name, task_run_name=name, cache_policy=NO_CACHE)(step)()

    def all(self, steps: Sequence[Step[T]], workers: int) -> list[T]:
        what = steps[0].name.split()[0]  # "read", "check" or "fold"
        if what == "read":
            _name_run(_files(len(steps)))
        told = "buckets" if what == "fold" else "files"
        progress: Any = create_progress_artifact(0.0, key=f"{what}-the-{told}", description=f"{what} {len(steps):,} {told}")
        most = max(_MOST_TASKS, _TASKS_A_SLOT * self.elsewhere)
        batches = [steps[first::most] for first in range(min(most, len(steps)))]
        done: list[T] = [None] * len(steps)  # type: ignore[list-item]
        with self._runner(workers) as runner:
            waiting = [runner.submit(_batch(f"{what} {told}", batch), {}) for batch in batches]
            for first, (future, batch) in enumerate(zip(waiting, batches, strict=True)):
                done[first::most] = future.result()
                update_progress_artifact(progress, 100.0 * (first + 1) / len(batches))
                for step in batch if self.elsewhere else ():
                    with step.shown():
                        pass  # another process did it
        return done


def _batch(what: str, steps: Sequence[Step[T]]) -> Any:
    """A task that executes steps one after the other; when it is tried again, only those that are not done."""
    done: list[T] = []

    def run() -> list[T]:
        for step in steps[len(done) :]:
            done.append(step())  # noqa: PERF401 (what is done stays so when another fails)
        return done

    name = steps[0].name.replace("{", "(").replace("}", ")")  # braces would be fields of a template
    return task(
        name=what,
        task_run_name=name if len(steps) == 1 else f"{name} and {len(steps) - 1} more",
        cache_policy=NO_CACHE,
        retries=2,
        retry_delay_seconds=exponential_backoff(2),
        retry_jitter_factor=0.5,
        retry_condition_fn=_is_of_a_file,
    )(run)


def _is_of_a_file(_task: Any, _run: Any, state: State[Any]) -> bool:
    """Whether a task failed by the disk or the network behind it: trying again may help."""
    return isinstance(state.result(raise_on_failure=False), OSError)


def _name_run(what: str) -> None:
    """Names the flow run under way: `census 2020-07-05: 12 files`."""
    if runtime.flow_run.id:
        with suppress(Exception), get_client(sync_client=True) as client:  # a name is no reason to fail
            client.update_flow_run(runtime.flow_run.id, name=f"census {datetime.now(_BEIJING):%Y-%m-%d}: {what}")


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count:,} files"


def _show(shown: Sequence[artifacts.Artifact]) -> None:
    """Adds artifacts to the flow run under way."""
    for artifact in shown:
        if artifact.rows is not None:
            create_table_artifact([dict(row) for row in artifact.rows], key=artifact.key, description=artifact.title)
        elif artifact.link is not None:
            create_link_artifact(artifact.link, link_text=artifact.text, key=artifact.key, description=artifact.title)
        else:
            create_markdown_artifact(artifact.text, key=artifact.key, description=artifact.title)


def _emit(settings: Settings, what: str, payload: Mapping[str, Any]) -> None:
    """Sends the event `census.WHAT` about the warehouse, for automations (docs/automations.yaml)."""
    path = str(settings.warehouse.resolve())
    resource = {"prefect.resource.id": f"census.warehouse.{path.strip('/')}", "prefect.resource.name": path}
    emit_event(f"census.{what}", resource=resource, payload=dict(payload))


def _tell_assets(outcome: Outcome, settings: Settings) -> None:
    """Tells Prefect of the published tables, as assets made of the raw folder."""
    current = (settings.warehouse / "current").absolute().as_uri()
    tables = [f"{current}/{table}" for table in outcome.rows]
    materialize(*tables, asset_deps=[raw_folder(settings.raw).asset], name="tell of the tables", cache_policy=NO_CACHE)(
        lambda: None
    )()


def deployments(parameters: Mapping[str, Any] | None = None) -> list[RunnerDeployment]:
    """The deployments of flows/prefect.yaml, with parameters besides those that it gives."""
    told = yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))
    to_deployment: Callable[..., Any] = census.to_deployment
    return [
        to_deployment(
            one["name"],
            description=one["description"],
            tags=one["tags"],
            parameters={**(parameters or {}), **one.get("parameters", {})},
            schedules=[Cron(each["cron"], timezone=each["timezone"]) for each in one.get("schedules", ())],
            concurrency_limit=ConcurrencyLimitConfig(**one["concurrency_limit"]),
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for one in told["deployments"]
    ]


def serve_deployments() -> None:
    """Registers the deployments, and runs them when their time comes, with the settings of the environment and census.toml."""
    settings = load_settings().absolute()
    if lost := _lost_runs():
        threading.Thread(target=copy_context().run, args=(_end_lost_runs, settings, lost), daemon=True).start()
    where = {"raw": str(settings.raw), "warehouse": str(settings.warehouse)}
    serve(*deployments(where), print_starting_message=False, pause_on_shutdown=False)


def _lost_runs() -> list[UUID]:
    """The runs of deployments that are told to be at work, before this process began any: who ran them is gone."""
    at_work = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    asked = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(is_null_=False),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=at_work)),
    )
    with get_client(sync_client=True) as client:
        return [run.id for run in client.read_flow_runs(flow_filter=_OURS, flow_run_filter=asked)]


def _end_lost_runs(settings: Settings, lost: Sequence[UUID]) -> None:
    """Tells that runs have crashed, once nobody is at work in the warehouse: as long as they count, no other may begin.

    A run whose process outlived who started it has the warehouse, and tells by itself how it ends.
    """
    while _is_at_work(settings.warehouse):
        time.sleep(_PATIENCE)
    with get_client(sync_client=True) as client:
        for run in lost:
            state = client.read_flow_run(run).state
            if state is None or not state.is_final():
                client.set_flow_run_state(run, Crashed(message="what ran it was killed; the next run takes in its files"))


def _is_at_work(warehouse: Path) -> bool:
    """Whether a run has the warehouse."""
    try:
        with locked(warehouse):
            return False
    except Locked:
        return True
