"""Vintages: the kept snapshots (`snapshots`), and what one changed against another, and why (`diff`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from flows.engine import create_table, execute, identifier, insert_rows
from flows.ledger import State, load_state
from flows.publish import Release, open_tables, releases
from flows.publish.snapshots import STATE, Snapshots
from flows.reports.tables import QueryError, as_dicts, columns_and_rows, scratch_connection, tell
from flows.schema import raw_tables

if TYPE_CHECKING:
    from flows.settings import Settings

PARTS = {
    "status": "Villages and towns that gained or lost the status",
    "headline": "Figures of the whole census that changed",
    "files": "Files that changed",
    "inputs": "Rulebooks, reference tables and settings that changed",
    "figures": "Villages and towns of which figures changed, those with most sales first",
}
"""The parts of a comparison, as they are told."""

_SHOWN = dict.fromkeys(PARTS, 20) | {"figures": 10}
"""Rows, or places, of a part that a person is shown unless asked for more."""

_TABLES = ("run", "source_file", "headline", "shop_year", "village_status", "township_status")

_IDS = {"shops": "shop_id", "transactions": "shop_id", "villages": "village_code"}
"""By raw table: the column of its records that leads to a place."""


def snapshots(settings: Settings, form: str | None) -> None:
    """Prints every kept snapshot, the newest first. Raises QueryError."""
    house = Snapshots(settings.warehouse)
    names: list[str] = []
    rows: list[tuple[Any, ...]] = []
    for snapshot in reversed(_kept(settings)):
        with scratch_connection(settings) as con:
            open_tables(con, snapshot, "snapshot_", ("run", "headline", "revision"))
            has_revision = (snapshot / "revision.parquet").exists()
            told = execute(con, "reports/snapshot", rulebook=settings.lead_rulebook, has_revision=has_revision)
            columns, (counts,) = columns_and_rows(told)
            values = dict(zip(columns, counts, strict=True))
        values["is_current"] = snapshot == house.current()
        names = ["snapshot", "is_current", *columns[1:]]
        rows.append(tuple(values[name] for name in names))
    if form is None:
        from flows.reports import compared, words

        compared.tell_snapshots(words.console(), as_dicts(names, rows), settings.lead_rulebook)
    else:
        tell(names, rows, form)


def tell_releases(settings: Settings, verify: bool, form: str | None) -> bool:
    """Prints the releases, by year; with `verify`, whether they are as they were signed. Returns False where one is not."""
    columns = ["release", "signed_at", "signed_by", "snapshot", "accepted", *(("damage",) if verify else ())]
    rows, whole = [], True
    for release in releases(settings.warehouse):
        damage = release.damage() if verify else []
        whole = whole and not damage
        told = release.told
        accepted = ",".join(dict.fromkeys(one["limit"] for one in told.get("accepted", ())))
        row = (release.name, *(told.get(name) for name in columns[1:4]), accepted or None)
        rows.append((*row, *(("; ".join(damage) or "none",) if verify else ())))
    tell(columns, rows, form)
    return whole


def diff(
    settings: Settings,
    old: str | None,
    new: str | None,
    *,
    part: str | None,
    year: int | None,
    rulebook: str | None,
    limit: int | None,
    form: str | None,
) -> None:
    """Prints what a snapshot changed against an older one, or a release: one part, or, for people, every part. Raises QueryError.

    A release is told by its name, or by its year, of which it is the newest.

    People are told of the rulebook that reports lead with unless they ask for another, and of the largest changes.
    """
    if released := _released(settings, old):
        before, after, year = released.folder, _named(_kept(settings), new), released.year
    else:
        before, after = _pair(_kept(settings), old, new)
    asked = {"year": year, "rulebook": (rulebook or settings.lead_rulebook) if form is None else rulebook}
    with _opened(settings, before, after) as con:
        if form is None or part in (None, "status", "figures"):
            _find_causes(con, settings.warehouse, before, after)
        if form is not None:
            names, rows = _part(con, part or "figures", asked)
            tell(names, rows if limit is None else rows[:limit], form)
            return
        is_default = not (old or new or released)
        _tell_people(con, asked, [part] if part else list(PARTS), limit, (before.name, after.name), is_default)


def _released(settings: Settings, name: str | None) -> Release | None:
    """The release of a name, or the newest of a year. Raises QueryError where a year has none."""
    if name and name.isdecimal():
        if found := releases(settings.warehouse, int(name)):
            return found[-1]
        raise QueryError(f"there is no release of {name}. Next: census release {name}")
    return next((release for release in releases(settings.warehouse) if release.name == name), None)


def status_changes(settings: Settings, rulebook: str) -> list[dict[str, Any]]:
    """The villages and towns that gained or lost the status in the current snapshot, with the cause. Raises QueryError."""
    before, after = _pair(_kept(settings), None, None)
    with _opened(settings, before, after) as con:
        _find_causes(con, settings.warehouse, before, after)
        return as_dicts(*_part(con, "status", {"year": None, "rulebook": rulebook}))


@contextmanager
def _opened(settings: Settings, before: Path, after: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables of two snapshots, `earlier_…` and `later_…`."""
    with scratch_connection(settings) as con:
        for prefix, snapshot in (("earlier_", before), ("later_", after)):
            open_tables(con, snapshot, prefix, _TABLES)
        yield con


def _part(con: duckdb.DuckDBPyConnection, part: str, asked: Mapping[str, Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
    about_places = part not in ("inputs", "files")
    return columns_and_rows(execute(con, f"reports/diff_{part}", **(asked if about_places else {})))


def _tell_people(
    con: duckdb.DuckDBPyConnection,
    asked: Mapping[str, Any],
    parts: Sequence[str],
    limit: int | None,
    pair: tuple[str, str],
    is_default: bool,
) -> None:
    """Prints what changed in short, then part by part, and of each part so many rows or places.

    `pair` are the names of what is compared; `is_default`: whether the command compares these without being told to.
    """
    from flows.reports import compared, words

    def rows(name: str) -> list[dict[str, Any]]:
        return as_dicts(*_part(con, name, asked))

    to, figures = words.console(), rows("figures")
    runs = as_dicts(*columns_and_rows(execute(con, "reports/compared_runs")))
    runs = [run | {"snapshot": name} for run, name in zip(runs, pair, strict=True)]
    compared.tell_comparison(to, runs, asked["rulebook"])
    if len(parts) > 1:
        compared.tell_in_short(to, rows("files"), figures)
    changed: dict[str, Callable[[], Sequence[Any]]] = {
        "inputs": lambda: rows("inputs"),
        "files": lambda: rows("files"),
        "headline": lambda: compared.newest_first(rows("headline")),
        "status": lambda: compared.status_changes(figures),
        "figures": lambda: compared.other_changes(figures, with_status="status" not in parts),
    }
    telling: dict[str, Callable[[Sequence[Any]], None]] = {
        "inputs": lambda found: compared.tell_inputs(to, found),
        "files": lambda found: compared.tell_files(to, found),
        "headline": lambda found: compared.tell_headline(to, found),
        "status": lambda found: compared.tell_places(to, found),
        "figures": lambda found: compared.tell_places(to, found),
    }
    for part in parts:
        found = changed[part]()
        title = PARTS[part].replace("Villages", "Other villages") if part == "figures" and "status" in parts else PARTS[part]
        words.say(to, "", f"{title}{':' if found else ': none'}")
        shown = found[: _SHOWN[part] if limit is None else limit]
        if shown:
            telling[part](shown)
        if len(shown) < len(found):
            command = " ".join(("census diff", *(() if is_default else pair), "--part", part))
            words.say(to, f"{len(found) - len(shown):,} more: {command} --csv, or --limit {len(found)}")
    if figures:
        first = figures[0]
        words.say(
            to, "", f"Next: census explain {first['code']} --year {first['year']} tells why a place has the status, or has not."
        )


def _find_causes(con: duckdb.DuckDBPyConnection, warehouse: Path, before: Path, after: Path) -> None:
    """Makes diff_places: what changed of every village and town, and what the tables and the changed files tell of why."""
    for name in ("changed_shops", "place_shops", "changed_places", "wanted_ids"):
        execute(con, f"reports/{name}")
    execute(con, "reports/last_moments")
    _find_records(con, warehouse, *(load_state(snapshot / STATE) for snapshot in (before, after)))
    inputs = [str(row[0]) for row in execute(con, "reports/diff_inputs").fetchall()]
    execute(con, "reports/diff_places", inputs=", ".join(inputs))


def _find_records(con: duckdb.DuckDBPyConnection, warehouse: Path, before: State, after: State) -> None:
    """Makes changed_records: which changed file holds records of which changed shop or village.

    A content that is live in both snapshots, under whatever path, changes nothing. A segment that is no more tells nothing.
    Records after the day that a snapshot is as of are none of its records.
    """
    create_table(con, "changed_records", dict.fromkeys(("path", "what", "table", "id"), "varchar"))
    for table, column in _IDS.items():
        segments = _changed_segments(warehouse / "segments", table, before.live, after.live)
        if not segments:
            continue
        columns = {"filename": "varchar", "path": "varchar", "what": "varchar", "side": "varchar", "is_pair": "boolean"}
        told_at = identifier(raw_tables()[table].dated or "")
        create_table(con, "changed_segments", columns)
        insert_rows(con, "changed_segments", segments)
        rows = con.from_parquet([row[0] for row in segments], hive_partitioning=False, filename=True)
        rows.create_view("segment_rows", replace=True)
        con.execute(
            f"create or replace temp view changed_rows as select *, {identifier(column)}::varchar as id, {told_at} as told_at "
            "from segment_rows"
        )
        execute(con, "reports/changed_records", table=table)


def _changed_segments(
    folder: Path, table: str, before: Mapping[str, str], after: Mapping[str, str]
) -> list[tuple[str, str, str, str, bool]]:
    """The Parquet files of the contents that only one of two states has: file, path, what became of it, side, has another."""
    found: dict[str, tuple[str, str, str, str, bool]] = {}
    for side, live, other in (("old", before, after), ("new", after, before)):
        contents = set(other.values())
        for path, segment in sorted(live.items()):
            if path.startswith(f"{table}/") and segment not in contents:
                what = _what(segment, other.get(path), side)
                for file in sorted((folder / segment).glob("rows-*.parquet")):
                    found.setdefault(str(file), (str(file), path, what, side, path in other))
    return list(found.values())


def _what(segment: str, other: str | None, side: str) -> str:
    """What became of a path, of the names of its segments: folder, format, content, and last the reader."""
    if other is None:
        return "arrived" if side == "new" else "withdrawn"
    return "read otherwise" if segment.rpartition("-")[0] == other.rpartition("-")[0] else "corrected"


def _kept(settings: Settings) -> list[Path]:
    """The kept snapshots in the order in which they were current, the current one last. Raises QueryError where none is."""
    house = Snapshots(settings.warehouse)
    current = house.current()
    if current is None:
        raise QueryError(f"nothing is published yet in {settings.warehouse}. Next: census run")
    paths = [*(house.folder / name for name in house.state().earlier), current]
    return [path for path in paths if path.is_dir()]


def _pair(kept: Sequence[Path], old: str | None, new: str | None) -> tuple[Path, Path]:
    """The two snapshots of a comparison: by default the current one, and the one before it. Raises QueryError."""
    after = _named(kept, new)
    if old:
        return _named(kept, old), after
    if after == kept[0]:
        raise QueryError(f"no snapshot before {after.name} is kept: there is nothing to compare it with")
    return kept[kept.index(after) - 1], after


def _named(kept: Sequence[Path], name: str | None) -> Path:
    """The snapshot of a name, or the current one. Raises QueryError."""
    if name is None:
        return kept[-1]
    if found := [path for path in kept if path.name == name]:
        return found[0]
    raise QueryError(f"there is no snapshot {name}; there are {', '.join(path.name for path in kept)}")
