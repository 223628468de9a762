"""A run of the census, a step a line: from delivered files to a published snapshot. Contract, section 6.

The sequence stands once, in `take_census`; `flows.schedule` runs the same steps as tasks of the Prefect flow `census`.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from flows import __version__
from flows.ledger import (
    Changes,
    Delivery,
    NoRawFolder,
    RawFolder,
    Seen,
    State,
    StateLost,
    clear_refusal,
    compare,
    last_refusal,
    locked,
    note_refusal,
    raw_folder,
    withdraw,
)  # fmt: skip
from flows.places import reference_digest
from flows.reports import forecast
from flows.reports.observed import observed
from flows.rules import Rules, read_breaks, read_figures, read_metrics, read_rules
from flows.settings import Settings, SettingsError
from flows.steps import Executor, InProcess, Showing, Steps, shown_nowhere

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from flows.intake import Aliases, Segment, Segments
    from flows.measure import Apart, Base, Fold, FoldBefore
    from flows.publish import Leavings, Lineage, Release, Snapshots
    from flows.quality import Excess, Verdict
    from flows.schema import Table


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked for: `forget` withdraws `paths` first, `rebuild` publishes also with nothing new.

    With `as_of`, only what was recorded up to that day is used: what was knowable then.
    """

    command: Literal["run", "rebuild", "forget"] = "run"
    paths: tuple[str, ...] = ()
    accept: frozenset[str] = frozenset()
    as_of: date | None = None

    @property
    def until(self) -> datetime | None:
        """The moment from which on records are not used: the end of the day `as_of`, in Asia/Shanghai."""
        return datetime.combine(self.as_of + timedelta(days=1), datetime.min.time()) if self.as_of else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to: the current snapshot, whether this run made it, and what it found.

    `remade` are the live paths whose segments were damaged and were made again from their files. Records after `as_of` were
    not used. `freed` is what no snapshot needed any more; `warnings` are checks that failed without being in the way.
    """

    snapshot: Path
    published: bool
    changes: Changes
    ignored: tuple[str, ...]
    seconds: float
    remade: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    as_of: date | None = None
    freed: Leavings | None = None
    warnings: tuple[Verdict, ...] = ()


class Refused(RuntimeError):
    """A limit is exceeded: nothing was published. `excesses` tell which limits, files and counts."""

    def __init__(self, excesses: Sequence[Excess]) -> None:
        super().__init__(", ".join(excess.limit for excess in excesses))
        self.excesses = tuple(excesses)


class RecordsLost(RuntimeError):
    """The records of a live file are neither in its segment, as it was written, nor in the raw folder."""


class SegmentsDamaged(RuntimeError):
    """Segments are not as they were written."""


def take_census(
    settings: Settings, request: Request, executor: Executor | None = None, showing: Showing = shown_nowhere
) -> Outcome:
    """Takes in what is new and publishes. Raises Refused, Locked, and the rooms' errors; then nothing has changed."""
    run = _Run(settings, request, Steps(executor or InProcess(), showing))
    return observed(settings, run.started, run.steps.timings, partial(_take_in_turn, run))


def _take_in_turn(run: _Run) -> Outcome:
    """Takes the census where no other run is at work."""
    settings, request = run.settings, run.request
    rules = run.steps.one("check the rules", partial(_read_rules, settings))
    with locked(settings.warehouse), _scratch(settings.warehouse) as scratch:
        from flows.intake import Segments, load_aliases
        from flows.publish import Snapshots

        aliases = load_aliases(settings.aliases)
        segments, snapshots = Segments(settings.warehouse / "segments", aliases), Snapshots(settings.warehouse)
        house = _House(segments, snapshots, scratch, aliases, raw_folder(settings.raw))
        house.snapshots.sweep(settings.keep_snapshots)
        delivery = run.steps.one("find the files", house.raw.find)
        kept = withdraw(house.snapshots.state().live, delivery, request.paths)
        try:
            outcome = _take(run, house, rules, delivery, kept)
        except SegmentsDamaged:  # known as such from here on: what is still in the raw folder is read again
            outcome = _take(run, house, rules, delivery, kept)
        clear_refusal(settings.warehouse)
        return replace(outcome, freed=_tidy(settings, house)) if outcome.published else outcome


def _tidy(settings: Settings, house: _House) -> Leavings:
    """Packs small segments, and removes what no snapshot needs any more.

    It is published by now: what goes wrong here is told, and no failure.
    """
    from duckdb import Error

    from flows.engine import connect
    from flows.publish import Leavings, free

    try:
        segments = [segment for name in house.snapshots.state().live.values() if (segment := house.segments.load(name))]
        with connect(settings.memory_limit, settings.threads, house.scratch) as con:
            house.segments.packs.tend(con, house.segments.orders(segments).contents)
        shutil.rmtree(house.scratch, ignore_errors=True)  # this run's own
        return free(settings.warehouse, settings.keep_snapshots)
    except (OSError, Error, StateLost, KeyboardInterrupt) as error:
        return Leavings(failed=(str(error) or "interrupted",))


def _take(run: _Run, house: _House, rules: Rules, delivery: Delivery, kept: Mapping[str, str]) -> Outcome:
    """Takes in a delivery beside what is kept, and publishes. Raises SegmentsDamaged where that is why it cannot."""
    before, current = house.snapshots.state(), house.snapshots.current()
    live = {**kept, **_take_in(run, house, delivery)}
    if run.request.command == "rebuild":
        _check_segments(run, house, live)
    sources = _load_segments(live, house.segments)
    remade = tuple(sorted(path for path, name in live.items() if name in house.segments.remade))
    inputs, changes = _inputs(run, rules, house.aliases), compare(before.live, live, delivery)
    if current and run.request.command == "run" and live == before.live and inputs == before.inputs:
        house.segments.settle(house.segments.remade)
        return Outcome(current, False, changes, delivery.ignored, run.seconds, remade)
    with ThreadPoolExecutor(1) as aside:
        new = {*live.values()} - {*before.live.values()} | house.segments.remade
        durable = aside.submit(house.segments.settle, new)
        try:
            snapshot, rows, warnings = _publish(
                run, house, rules, State(live, before.accepted, inputs), sources, changes, durable
            )
        except (Refused, OSError):
            raise
        except Exception:
            _check_segments(run, house, live)
            raise
    return Outcome(snapshot, True, changes, delivery.ignored, run.seconds, remade, rows, run.request.as_of, warnings=warnings)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of the live segments found: bytes read, and what is wrong by live path.

    `there` are the paths of damaged segments that a run can make again; `uncertain` segments have no checksums.
    """

    files: int
    segments: int
    bytes: int
    damaged: Mapping[str, str]
    there: frozenset[str]
    uncertain: int


def check(settings: Settings, showing: Showing = shown_nowhere) -> Checked:
    """Reads every live segment and compares it with what was written. Changes nothing, and needs no lock."""
    from flows.intake import Segments, load_aliases
    from flows.publish import Snapshots

    snapshots = Snapshots(settings.warehouse)
    current, live = snapshots.current(), snapshots.state().live
    segments, names = Segments(settings.warehouse / "segments", load_aliases(settings.aliases)), sorted(set(live.values()))
    found = _damage(Steps(InProcess(), showing), segments, names, settings.threads)
    if found and snapshots.current() != current:
        return check(settings, showing)  # a run published meanwhile, and let go of what only the snapshot before needed
    try:
        delivered = {file.path for file in raw_folder(settings.raw).find().files}
    except NoRawFolder:
        delivered = set()
    delivered_names = {name for path, name in live.items() if path in delivered}
    damaged = {path: found[name] for path, name in sorted(live.items()) if name in found}
    whole = [segment for name in names if (segment := segments.load(name))]
    return Checked(
        len(live),
        len(names),
        sum(file.bytes for segment in whole for file in segment.files or ()),
        damaged,
        frozenset(path for path in damaged if live[path] in delivered_names),
        sum(segment.files is None for segment in whole),
    )


def _check_segments(run: _Run, house: _House, live: Mapping[str, str]) -> None:
    """Reads the segments of live files. Raises SegmentsDamaged where one, or a pack of some, is not as it was written."""
    pack_was_damaged = house.segments.packs.discard_damaged()
    if found := _damage(run.steps, house.segments, sorted(set(live.values())), run.settings.threads):
        told = _some([f"{path} ({found[name]})" for path, name in sorted(live.items()) if name in found])
        raise SegmentsDamaged(
            f"the segments of {told} are damaged, just after they were made again. Nothing changed. "
            f"Mend the disk of {run.settings.warehouse}, then run again."
        )
    if pack_was_damaged:
        raise SegmentsDamaged(f"a pack of segments in {house.segments.packs.folder} was damaged, and is gone. Run again.")


def _damage(steps: Steps, segments: Segments, names: Sequence[str], workers: int) -> dict[str, str]:
    """What is wrong, by name, with those segments that are not as they were written."""
    checks = [(f"check {name}", partial(segments.damage, name)) for name in names]
    found = steps.all("check the segments", checks, workers) if checks else []
    damaged = {name: wrong for name, wrong in zip(names, found, strict=True) if wrong}
    for name, wrong in damaged.items():
        segments.condemn(name, wrong)
    return damaged


def _some(told: Sequence[str], most: int = 20) -> str:
    return ", ".join(told[:most]) + (f" and {len(told) - most} more" if len(told) > most else "")


@dataclass(frozen=True, slots=True)
class _House:
    """Where a run works: segments, snapshots, its own folder for temporary files; how headers read; the raw folder."""

    segments: Segments
    snapshots: Snapshots
    scratch: Path
    aliases: Aliases
    raw: RawFolder


@dataclass(frozen=True, slots=True)
class _Run:
    """A run under way: what it was asked for, its steps, its start."""

    settings: Settings
    request: Request
    steps: Steps
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    clock: float = field(default_factory=time.monotonic)

    @property
    def today(self) -> date:
        """The day on which it began, in Asia/Shanghai."""
        return _day_of(self.started)

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self.clock, 3)


def _read_rules(settings: Settings) -> Rules:
    rules = read_rules(settings.rulebooks, settings.calendar)
    names = [book.name for book in rules.rulebooks]
    if settings.lead_rulebook not in names:
        raise SettingsError(f"lead_rulebook: there is no rulebook {settings.lead_rulebook!r}; there are {', '.join(names)}")
    return rules


def _inputs(run: _Run, rules: Rules, aliases: Aliases) -> dict[str, str]:
    """Digests of what decides a publication besides the files."""
    from flows.engine import digest_of

    settings = run.settings
    return rules.digests | {
        "divisions": reference_digest(settings.divisions),
        "published_figures": read_figures(settings.published_figures),
        "published_metrics": read_metrics(settings.published_metrics),
        "series_breaks": read_breaks(settings.series_breaks).digest,
        "aliases": aliases.digest,
        "settings": json.dumps(settings.that_matter(), sort_keys=True),
        "statements": digest_of("macros", "measure", "places"),
        "as_of": str(run.request.as_of or ""),
        "code": __version__,
    }


@contextmanager
def _scratch(warehouse: Path) -> Iterator[Path]:
    """A folder for one run's temporary files, emptied before and after."""
    folder = warehouse / "scratch"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take_in(run: _Run, house: _House, delivery: Delivery) -> dict[str, str]:
    """The segment of every file that is there; only a content not seen before is read."""
    settings = run.settings
    seen = Seen(settings.warehouse / "seen.json", house.raw.identity, house.raw.settled)
    live = {file.path: name for file in delivery.files if (name := seen.segment(file)) and house.segments.holds(name)}
    unread = [file for file in delivery.files if file.path not in live]
    if unread:
        from flows.intake import Readers

        unread.sort(key=lambda file: -file.size)  # the largest first, so that all readers end together
        sizes = [file.size for file in unread]
        memory, threads, elsewhere = settings.memory_bytes, settings.threads, run.steps.elsewhere
        if elsewhere:
            memory, threads = settings.worker_memory_bytes, settings.worker_threads
        with Readers(house.segments, house.aliases, house.scratch, sizes, memory, threads, elsewhere) as readers:
            reading = [(f"read {file.path}", house.raw.reading(file, readers.take, house.scratch)) for file in unread]
            read = run.steps.all("read the files", reading, readers.workers, sizes)
            for file, (segment, is_remade) in zip(unread, read, strict=True):
                house.segments.learn(segment, is_remade)
                live[file.path] = segment.name
                seen.remember(file, segment.name)
    seen.save()
    return live


def _publish(
    run: _Run,
    house: _House,
    rules: Rules,
    state: State,
    sources: Mapping[str, Segment],
    changes: Changes,
    durable: Future[None],
) -> tuple[Path, dict[str, int], tuple[Verdict, ...]]:
    """Measures, decides and publishes what is live, once it is durable.

    Returns the snapshot, the rows of its tables, and the checks that warn.
    """
    from flows import measure, places, publish
    from flows.engine import connect
    from flows.reports.page import write_report
    from flows.rules.status import evaluate
    from flows.schema import tables_under

    settings, step = run.settings, run.steps.one
    books = [book.name for book in rules.rulebooks]
    tables = tables_under(books)
    names, current = places.named_addresses_file(state.inputs["divisions"]), house.snapshots.current()
    known = current / "_state" / names if current else None
    with (
        connect(settings.memory_limit, settings.threads, house.scratch) as con,
        house.snapshots.building(run.started) as snapshot,
        ThreadPoolExecutor(2) as aside,
    ):
        fold, base, accepted = _measure(run, house, con, rules, state, sources, known)
        same = {"shop_year": measure.carried_years(con, base)}
        shop_years = {"shop_year": tables.pop("shop_year")}
        early = aside.submit(publish.write_tables, con.cursor(), shop_years.values(), snapshot, same)  # the largest table
        published = settings.published_figures, settings.published_metrics
        step("decide the status", partial(evaluate, con, rules.rulebooks, *published))
        fitting = aside.submit(forecast.fit, *_series(run, con, rules, state, current))  # beside what DuckDB does
        step("compare with the snapshot before", partial(publish.revision_table, con, current, books))
        publish.file_tables(con, sources, house.segments)
        fitted = step("fit the forecasts", lambda: forecast.make_tables(con, fitting.result()))
        publish.run_table(con, _lineage(run, snapshot, current, state, changes))
        warnings = _check_tables(run, house, con, shop_years | tables, sources, changes, snapshot)
        rows = step("write the tables", lambda: publish.write_tables(con, tables.values(), snapshot) | early.result())
        database = aside.submit(publish.write_database, (shop_years | tables).values(), snapshot)
        publish.write_package((shop_years | tables).values(), snapshot)
        places.keep_named_addresses(con, snapshot / "_state" / names, known if base else None)
        forecast.keep(fitted, snapshot)
        new = replace(state, accepted=accepted, kept=fold.keep(snapshot) | measure.keep_state(con, snapshot))
        database.result()
        if settings.report:
            step("write the report", partial(write_report, snapshot, rules, settings.lead_rulebook))
        durable.result()
        step("switch to the snapshot", partial(house.snapshots.commit, snapshot, new, settings.keep_snapshots))
    shutil.rmtree(fold.kept, ignore_errors=True)
    return snapshot, rows, warnings


def _measure(
    run: _Run,
    house: _House,
    con: DuckDBPyConnection,
    rules: Rules,
    state: State,
    sources: Mapping[str, Segment],
    known: Path | None,
) -> tuple[Fold, Base | None, dict[str, list[str]]]:
    """Measures what every shop sold in every year, and where it is. `known` is what an earlier run found of addresses.

    Returns the fold, the base that it goes on from, and the acceptances to remember. Raises Refused.
    """
    from flows import measure, places, quality

    settings, step, until = run.settings, run.steps.one, run.request.until
    latest = (run.started + timedelta(hours=8, days=settings.future_days)).replace(tzinfo=None)  # Asia/Shanghai
    live = house.segments.orders(sources.values())
    measure.open_records(con, house.segments.rows_by_table(sources.values()), until)
    fold_before, base = _before(run, house, state)
    kept, apart = settings.warehouse / "fold", _apart(run, house)
    fold = measure.Fold(con, live, fold_before, until, settings.memory_bytes, kept, carries=base is not None, apart=apart)
    _fold(run, fold)
    base = base if fold.carries else None
    measure.open_base(con, base, until)
    orders = step("weigh the orders", partial(measure.weigh_orders, con, live, latest, until))
    accepted = _accept(run, quality.exceeded(sources, orders, state.accepted, settings), state.accepted)
    step("load the divisions", partial(places.load_reference, con, settings.divisions))
    step("measure the years", partial(measure.measure_years, con, rules.calendar))
    step("find the places", partial(places.find_places, con, known))
    step("place the shops", partial(places.place_shops, con))
    step("carry the figures", partial(places.carry_figures, con))
    step("measure the shops", partial(measure.shop_years, con))
    return fold, base, accepted


def _series(
    run: _Run, con: DuckDBPyConnection, rules: Rules, state: State, current: Path | None
) -> tuple[list[forecast.Series], Mapping[str, Any]]:
    """The series to forecast, and what the run before made of them; a rebuild fits all of them anew."""
    known = current / "_state" / forecast.FILE if current and run.request.command != "rebuild" else None
    breaks = read_breaks(run.settings.series_breaks).breaks
    return forecast.read_series(con, rules.rulebooks, breaks, state.inputs["divisions"], known)


def _check_tables(
    run: _Run,
    house: _House,
    con: DuckDBPyConnection,
    tables: Mapping[str, Table],
    sources: Mapping[str, Segment],
    changes: Changes,
    snapshot: Path,
) -> tuple[Verdict, ...]:
    """Checks the tables about to be published; with Great Expectations too, if asked to. Returns the checks that only warn."""
    from flows import quality

    run.steps.one("check the tables", partial(quality.check_tables, con, tables))
    if run.settings.checks == "sql":
        return ()
    _open_delivery(con, house.segments, sources, changes, run.request.until)
    suites = partial(quality.check_suites, con, tables.values(), run.today, snapshot / "docs")
    return quality.judge(run.steps.one("check with Great Expectations", suites))


def _open_delivery(
    con: DuckDBPyConnection, segments: Segments, sources: Mapping[str, Segment], changes: Changes, until: datetime | None
) -> None:
    """Makes views over the orders of files that arrived or were corrected, and of the others."""
    from flows.measure import open_delivery

    arrived = {sources[path].name for path in (*changes.arrived, *changes.corrected) if path in sources}
    by_name = {segment.name: segment for segment in sources.values()}
    came, others = ([by_name[name] for name in sorted(names)] for names in (arrived, by_name.keys() - arrived))
    open_delivery(con, segments.orders(came), segments.orders(others), until)


def _before(run: _Run, house: _House, state: State) -> tuple[FoldBefore | None, Base | None]:
    """What the run can go on from: the fold of the current snapshot, and where all else is the same too, its shop-years.

    Nothing where a part of them is not as it was written, or in a rebuild.
    """
    from flows.intake.kept import checksum
    from flows.measure import Base, FoldBefore

    current, before = house.snapshots.current(), house.snapshots.state()
    if not current or run.request.command == "rebuild" or _differ(before, state, "statements", "as_of", "code"):
        return None, None
    was, now = {*before.live.values()}, {*state.live.values()}
    segments = {name: house.segments.load(name) for name in was | now}
    kept = {current / name: told for name, told in before.kept.items()}
    if not all(segments.values()) or not all(path.exists() and checksum(path) == told for path, told in kept.items()):
        return None, None
    staying, arriving, leaving = (
        [segment for name in names if (segment := segments[name])] for names in (was & now, now - was, was - now)
    )
    parts = tuple(path for path in kept if path.parent.name == "fold")
    fold = FoldBefore(parts, *(house.segments.orders(some) for some in (staying, arriving, leaving)))
    if _differ(before, state, "calendar", "divisions") or any(segment.table == "shops" for segment in leaving):
        return fold, None
    return fold, Base(current, tuple(house.segments.rows_by_table(arriving).get("shops", ())))


def _fold(run: _Run, fold: Fold) -> None:
    """Folds the orders: buckets one after the other, or apart."""
    for name, steps in fold.steps():
        if len(steps) == 1 and not fold.apart:
            run.steps.one(*steps[0])
        else:
            run.steps.all(name, steps, fold.apart.processes if fold.apart else 1)


def _apart(run: _Run, house: _House) -> Apart | None:
    """The other processes that fold buckets, where there are some."""
    from flows.measure import Apart

    settings, processes = run.settings, run.steps.elsewhere
    if not processes:
        return None
    return Apart(processes, settings.worker_memory, settings.worker_memory_bytes, settings.worker_threads, house.scratch)


def _differ(one: State, other: State, *inputs: str) -> bool:
    """Whether two states were made of different inputs, of those named."""
    return any(one.inputs.get(name) != other.inputs[name] for name in inputs)


def _load_segments(live: Mapping[str, str], segments: Segments) -> dict[str, Segment]:
    """The segment of every live path. Raises RecordsLost with those that are not there, or damaged."""
    sources = {path: segments.load(name) for path, name in live.items()}
    if lost := sorted(path for path, segment in sources.items() if segment is None):
        wrong = [f"{path} ({segments.folder.name}/{live[path]}: {segments.damage(live[path])})" for path in lost]
        raise RecordsLost(
            f"the records of {_some(wrong)} are gone: the file is not in the raw folder, and its segment is gone or damaged. "
            f"Deliver the file again under its name, or put back the segment's folder from a copy of the warehouse, or withdraw "
            f"the records with `census forget`. Nothing changed."
        )
    return {path: segment for path, segment in sources.items() if segment}


def _accept(run: _Run, excesses: Sequence[Excess], before: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """The acceptances that the new state remembers. Raises Refused for limits that this run does not accept."""
    if refused := [excess for excess in excesses if excess.limit not in run.request.accept]:
        note_refusal(run.settings.warehouse, run.started, {excess.limit: excess.lines for excess in refused})
        raise Refused(refused)
    limits = {*before, *(excess.limit for excess in excesses if excess.contents)}
    given = {excess.limit: excess.contents for excess in excesses}
    return {limit: sorted({*before.get(limit, ()), *given.get(limit, ())}) for limit in sorted(limits)}


def _lineage(run: _Run, snapshot: Path, current: Path | None, state: State, changes: Changes) -> Lineage:
    from flows.publish import Lineage

    return Lineage(
        snapshot.name,
        run.started,
        run.seconds,
        __version__,
        current.name if current else None,
        run.request.command,
        ",".join(sorted(run.request.accept)) or None,
        run.settings.model_dump_json(),
        {**state.inputs, "files": len(state.live)},
        asdict(changes),
        run.steps.timings,
    )


def check_snapshot(settings: Settings, docs: Path | None = None) -> list[Verdict]:
    """The verdicts of all suites on the current snapshot and the delivery that it took in. Raises QueryError where there is none.

    Data Docs go into the new folder `docs`, where one is given. Changes nothing, and needs no lock.
    """
    from flows.engine import connect
    from flows.intake import Segments, load_aliases
    from flows.publish import Snapshots, open_tables
    from flows.quality import check_suites
    from flows.reports.tables import current_snapshot
    from flows.schema import published_tables

    current, live = current_snapshot(settings), Snapshots(settings.warehouse).state().live
    segments = Segments(settings.warehouse / "segments", load_aliases(settings.aliases))
    with TemporaryDirectory(prefix="census-") as scratch, connect(settings.memory_limit, settings.threads, Path(scratch)) as con:
        open_tables(con, current, "", published_tables())
        changes, as_of = con.execute("select changes, inputs from run").fetchall()[0]
        told, until = json.loads(changes), Request(as_of=_day(json.loads(as_of).get("as_of"))).until
        sources = _load_segments(live, segments)
        _open_delivery(con, segments, sources, Changes(**told), until)
        return check_suites(con, published_tables().values(), _day_of(datetime.now(UTC)), docs)


def _day_of(moment: datetime) -> date:
    """The day of a moment of UTC in Asia/Shanghai."""
    return (moment + timedelta(hours=8)).date()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


class NotReleased(RuntimeError):
    """A year's figures are not final, or a limit is exceeded: no release was written. `reasons`: the gate, and what is told."""

    def __init__(self, reasons: Sequence[tuple[str, str]]) -> None:
        super().__init__(", ".join(dict.fromkeys(gate for gate, _ in reasons)))
        self.reasons = tuple(reasons)


def release(settings: Settings, year: int, accept: Collection[str], by: str, dry_run: bool = False) -> Release | None:
    """Signs a statistical year's figures of the current snapshot and keeps them for good; None where they are released already.

    With `dry_run` nothing is written, and None is returned. Raises NotReleased, Locked.
    """
    from flows.engine import connect
    from flows.publish import Snapshots, release_gate, write_release
    from flows.reports.changelog import changelog
    from flows.schema import tables_under

    rules = _read_rules(settings)
    with locked(settings.warehouse), _scratch(settings.warehouse) as scratch:
        snapshots = Snapshots(settings.warehouse)
        current, state = snapshots.current(), snapshots.state()
        if current is None:
            raise NotReleased([("snapshot", f"nothing is published in {settings.warehouse}. Next: census run")])
        with connect(settings.memory_limit, settings.threads, scratch) as con:
            reasons = release_gate(con, current, year, settings.quarantine_limit, settings.orphans_limit)
            reasons += _out_of_date(year, rules, state)
            reasons += [
                ("checks", f"{one.suite}: {one.check.name} {one.outcome}: {one.told}. Next: census checks")
                for one in check_snapshot(settings)
                if one.stops
            ]
            if refused := last_refusal(settings.warehouse):
                reasons.append(("refused", f"a later run was refused: {', '.join(refused['limits'])}. Next: census status"))
            accepted = [reason for reason in reasons if reason[0] in accept]
            if len(accepted) < len(reasons):
                raise NotReleased([reason for reason in reasons if reason not in accepted])
            if dry_run:
                return None
            told = {
                "signed_by": by,
                "signed_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "accepted": [{"limit": limit, "told": told} for limit, told in accepted],
                "limits": settings.that_matter(),
                "inputs": state.inputs,
                "code": __version__,
            }
            books = tables_under([book.name for book in rules.rulebooks])
            return write_release(con, current, books, year, _rules_files(settings), told, changelog)


def closed_year(settings: Settings) -> int:
    """The statistical year that was over last, by the calendar, today in Beijing."""
    return _read_rules(settings).calendar.closed(_day_of(datetime.now(UTC)))


def _out_of_date(year: int, rules: Rules, state: State) -> Iterator[tuple[str, str]]:
    """Why a snapshot of this state does not tell a year's figures as they are now: the gate, and what is told."""
    names = {"rulebooks": "the rulebooks", "calendar": "the calendar", "code": "the program"}
    for name, now in (rules.digests | {"code": __version__}).items():
        if state.inputs.get(name) != now:
            yield name, f"{names[name]} changed since the snapshot was made. Next: census run"
    if as_of := state.inputs.get("as_of"):
        yield "as_of", f"the snapshot uses no record after {as_of}. Next: census run"
    end = rules.calendar.window(year).end
    if _day_of(datetime.now(UTC)) < end:
        yield "window", f"{year} lasts until {end - timedelta(days=1)}: release it when that is over"


def _rules_files(settings: Settings) -> dict[str, Path]:
    """The files of the rulebooks and the calendar, by where a release keeps them."""
    books = {f"rulebooks/{path.name}": path for path in sorted(settings.rulebooks.glob("*.toml"))}
    return books | {f"rulebooks/{settings.calendar.name}": settings.calendar}
