"""A run of the census, a step a line: from delivered files to a published snapshot. Contract, section 6.

The sequence stands once, in `take_census`. `do` executes a step: at once in the process, or as a task of the Prefect
flow `census` (see `census_flow`).
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from flows import __version__
from flows.ledger import Changes, Delivery, Seen, State, compare, find, locked, withdraw
from flows.places import load_reference, reference_digest
from flows.rules import Rules, read_rules
from flows.settings import Settings, SettingsError

if TYPE_CHECKING:
    from flows.intake import Aliases, Segment, Segments

T = TypeVar("T")


class Do(Protocol):
    """Executes a step under its name and returns what it returns."""

    def __call__(self, name: str, step: Callable[[], T], /) -> T: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked for: `forget` withdraws `paths` first, `rebuild` publishes also with nothing new."""

    command: Literal["run", "rebuild", "forget"] = "run"
    paths: tuple[str, ...] = ()
    accept: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: the current snapshot, whether this run made it, and what it found."""

    snapshot: Path
    published: bool
    changes: Changes
    ignored: tuple[str, ...]
    vanished: tuple[str, ...]
    rows: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


class Refused(RuntimeError):
    """A limit is exceeded: nothing was published. `excesses` tell which limits, files and counts."""

    def __init__(self, excesses: Sequence[Any]) -> None:
        super().__init__(", ".join(excess.limit for excess in excesses))
        self.excesses = tuple(excesses)


def at_once(name: str, step: Callable[[], T]) -> T:
    """Executes a step in the process."""
    return step()


def take_census(
    settings: Settings,
    request: Request,
    do: Do = at_once,
    showing: Callable[[str], AbstractContextManager[object]] = lambda name: nullcontext(),
) -> Outcome:
    """Takes in what is new and publishes. Raises Refused, Locked, and the rooms' errors; then nothing has changed."""
    started, clock, timings = datetime.now(UTC), time.monotonic(), {}

    def step(name: str, work: Callable[[], T]) -> T:
        with showing(name):
            begun = time.monotonic()
            done = do(name, work)
            kind = name.split(" ")[0] if name.startswith("read ") else name
            timings[kind] = round(timings.get(kind, 0.0) + time.monotonic() - begun, 3)
        return done

    rules = step("check the rules", lambda: _read_rules(settings))
    inputs = rules.digests | _digests(settings)
    with locked(settings.warehouse), _scratch(settings.warehouse) as scratch:
        from flows.intake import Segments, load_aliases
        from flows.publish import Snapshots

        aliases = load_aliases(settings.aliases)
        inputs["aliases"] = aliases.digest
        snapshots = Snapshots(settings.warehouse)
        snapshots.sweep(settings.keep_snapshots)
        before, current = snapshots.state(), snapshots.current()
        delivery = step("find the files", lambda: find(settings.raw))
        kept = withdraw(before.live, delivery, request.paths)
        segments = Segments(settings.warehouse / "segments", aliases)
        live = kept | _take_in(settings, delivery, segments, aliases, scratch, step)
        changes = compare(before.live, live, delivery)
        if current and request.command == "run" and live == before.live and inputs == before.inputs:
            return Outcome(current, False, changes, delivery.ignored, changes.vanished, seconds=time.monotonic() - clock)
        return _publish(
            _Run(settings, request, rules, inputs, started, clock, timings), snapshots, before, live, changes, delivery,
            segments, scratch, step,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Run:
    settings: Settings
    request: Request
    rules: Rules
    inputs: dict[str, str]
    started: datetime
    clock: float
    timings: dict[str, float]


def _read_rules(settings: Settings) -> Rules:
    rules = read_rules(settings.rulebooks, settings.calendar)
    names = [book.name for book in rules.rulebooks]
    if settings.lead_rulebook not in names:
        raise SettingsError(f"lead_rulebook: there is no rulebook {settings.lead_rulebook!r}; there are {', '.join(names)}")
    return rules


def _digests(settings: Settings) -> dict[str, str]:
    """Digests of what decides a publication besides files and rules."""
    return {
        "divisions": reference_digest(settings.divisions),
        "published_figures": _sha256(settings.published_figures),
        "settings": json.dumps(settings.that_matter(), sort_keys=True),
        "code": __version__,
    }


def _sha256(path: Path) -> str:
    import hashlib

    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error


class _scratch(AbstractContextManager[Path]):  # noqa: N801
    """A folder for one run's temporary files, emptied before and after."""

    def __init__(self, warehouse: Path) -> None:
        self.folder = warehouse / "scratch"

    def __enter__(self) -> Path:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self.folder

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _take_in(
    settings: Settings,
    delivery: Delivery,
    segments: Segments,
    aliases: Aliases,
    scratch: Path,
    step: Callable[[str, Callable[[], T]], T],
) -> dict[str, str]:
    """The segment of every file that is there; only a content not seen before is read."""
    from flows.engine import connect
    from flows.intake import prepare

    seen = Seen(settings.warehouse / "seen.json", settings.raw)
    live: dict[str, str] = {}
    unread = []
    for file in delivery.files:
        known = seen.segment(file)
        if known and known.endswith(segments.reader) and segments.load(known):
            live[file.path] = known
        else:
            unread.append(file)
    if unread:
        with connect(settings.memory_limit, settings.threads, scratch) as con:
            prepare(con, aliases)
            for file in unread:
                path = settings.raw / file.path
                take: Callable[[], Any] = lambda: segments.take(con, aliases, file.table, file.format, path, scratch)  # noqa: B023, E731
                segment = step(f"read {file.path}", take)
                live[file.path] = segment.name
                seen.remember(file, segment.name)
    seen.save()
    return live


def _publish(
    run: _Run,
    snapshots: Any,
    before: State,
    live: dict[str, str],
    changes: Changes,
    delivery: Delivery,
    segments: Segments,
    scratch: Path,
    step: Callable[[str, Callable[[], Any]], Any],
) -> Outcome:
    from flows import measure, publish, quality
    from flows.engine import connect
    from flows.places import carry_figures, find_places, place_shops
    from flows.rules.status import evaluate
    from flows.schema import published_tables

    settings, tables = run.settings, published_tables()
    sources = _load_segments(live, segments)
    with connect(settings.memory_limit, settings.threads, scratch) as con:
        measure.open_segments(con, _rows_of(sources, segments))
        latest = datetime.now() + timedelta(days=settings.future_days)
        orders = step("fold the orders", lambda: measure.fold_orders(con, latest))
        accepted = _check_limits(run, quality.exceeded(sources, orders, before.accepted, settings), before)
        step("load the divisions", lambda: load_reference(con, settings.divisions))
        step("measure the years", lambda: measure.measure_years(con, run.rules.calendar))
        step("find the places", lambda: find_places(con))
        step("place the shops", lambda: place_shops(con))
        step("carry the figures", lambda: carry_figures(con))
        step("measure the shops", lambda: measure.shop_years(con))
        step("decide the status", lambda: evaluate(con, run.rules.rulebooks, settings.published_figures))
        publish.file_tables(con, sources, segments)
        snapshot = snapshots.begin(run.started)
        _describe_run(con, run, snapshot.name, snapshots.current(), live, changes)
        step("check the tables", lambda: quality.check_tables(con, tables))
        rows = step("write the tables", lambda: publish.write_tables(con, tables.values(), snapshot))
    publish.write_database(tables.values(), snapshot)
    publish.write_package(tables.values(), snapshot)
    snapshots.commit(snapshot, State(live, accepted, run.inputs), settings.keep_snapshots)
    (settings.warehouse / "refused.json").unlink(missing_ok=True)
    seconds = time.monotonic() - run.clock
    return Outcome(snapshot, True, changes, delivery.ignored, changes.vanished, rows, seconds)


def _load_segments(live: dict[str, str], segments: Segments) -> dict[str, Segment]:
    sources = {path: segments.load(name) for path, name in live.items()}
    if lost := sorted(path for path, segment in sources.items() if segment is None):
        raise FileNotFoundError(
            f"the records of {', '.join(lost)} are gone: neither the file nor its segment is there. Deliver the file again, "
            f"or withdraw it with `census forget`."
        )
    return {path: segment for path, segment in sources.items() if segment}


def _rows_of(sources: dict[str, Segment], segments: Segments) -> dict[str, list[Path]]:
    """Parquet files of accepted rows by raw table, each content once."""
    files: dict[str, set[Path]] = {}
    for segment in sources.values():
        if segment.accepted:
            files.setdefault(segment.table, set()).add(segments.rows(segment))
    return {table: sorted(paths) for table, paths in files.items()}


def _check_limits(run: _Run, excesses: Sequence[Any], before: State) -> dict[str, list[str]]:
    """The acceptances that the new state remembers. Raises Refused, after noting why for `census status`."""
    refused = [excess for excess in excesses if excess.limit not in run.request.accept]
    if refused:
        told = {"at": run.started.isoformat(), "limits": {e.limit: e.lines for e in refused}}
        path = run.settings.warehouse / "refused.json"
        path.with_suffix(".new").write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(path.with_suffix(".new"), path)
        raise Refused(refused)
    accepted = {limit: set(contents) for limit, contents in before.accepted.items()}
    for excess in excesses:
        if excess.contents:
            accepted.setdefault(excess.limit, set()).update(excess.contents)
    return {limit: sorted(contents) for limit, contents in accepted.items()}


def _describe_run(
    con: Any, run: _Run, name: str, current: Path | None, live: dict[str, str], changes: Changes
) -> None:
    from dataclasses import asdict

    con.execute("create or replace temp table run as select * from (values ($1::varchar, $2::timestamp, $3::double, $4::varchar, "
                "$5::varchar, $6::varchar, $7::varchar, $8::varchar, $9::varchar, $10::varchar, $11::varchar)) as t(run_id, "
                "started_at, seconds, code_version, previous_run_id, command, accepted_limits, settings, inputs, changes, timings)",
        [
            name, run.started.replace(tzinfo=None), time.monotonic() - run.clock, __version__, current.name if current else None,
            run.request.command, ",".join(sorted(run.request.accept)) or None,
            run.settings.model_dump_json(), json.dumps(run.inputs | {"files": len(live)}, sort_keys=True),
            json.dumps(asdict(changes), ensure_ascii=False), json.dumps(run.timings),
        ],
    )  # fmt: skip


def census_flow(settings: Settings, request: Request, showing: Callable[[str], AbstractContextManager[object]]) -> Outcome:
    """The same sequence as a flow run of Prefect: a task a step, retried where it reads files."""
    from prefect import flow, task
    from prefect.cache_policies import NO_CACHE
    from prefect.logging import get_run_logger

    def as_task(name: str, step: Callable[[], T]) -> T:
        retries = 2 if name.startswith(("read ", "find ")) else 0
        return task(step, name=name, task_run_name=name, cache_policy=NO_CACHE, retries=retries, retry_delay_seconds=1)()

    @flow(name="census", validate_parameters=False)
    def census() -> Outcome:
        outcome = take_census(settings, request, as_task, showing)
        get_run_logger().info("published %s" if outcome.published else "nothing new, current is %s", outcome.snapshot)
        return outcome

    return census()
