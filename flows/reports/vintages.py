"""Vintages: the kept snapshots (`snapshots`), and what one changed against another, and why (`diff`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import duckdb

from flows.engine import create_table, execute, identifier, insert_rows
from flows.ledger import State, load_state
from flows.publish import open_tables
from flows.publish.snapshots import Snapshots
from flows.reports.tables import QueryError, columns_and_rows, scratch_connection, tell

if TYPE_CHECKING:
    from flows.settings import Settings

PARTS = {
    "inputs": "Inputs that changed, besides the files",
    "files": "Files that changed",
    "headline": "Headline figures that changed",
    "status": "Villages and towns that gained or lost the status",
    "figures": "Figures of villages and towns that changed, those with most sales first",
}
"""The parts of a comparison, as they are told."""

_SHOWN = 20
"""Rows of a part that a person is shown unless asked for more."""

_IDS = {"shops": "shop_id", "transactions": "shop_id", "villages": "village_code"}
"""By raw table: the column of its records that leads to a place."""


def snapshots(settings: Settings, form: str | None) -> None:
    """Prints every kept snapshot, the newest first. Raises QueryError."""
    house = Snapshots(settings.warehouse)
    names: list[str] = []
    rows: list[tuple[Any, ...]] = []
    for snapshot in reversed(_kept(settings)):
        with scratch_connection(settings) as con:
            open_tables(con, snapshot, "snapshot", ("run", "headline", "revision"))
            has_revision = (snapshot / "revision.parquet").exists()
            told = execute(con, "reports/snapshot", rulebook=settings.lead_rulebook, has_revision=has_revision)
            columns, (counts,) = columns_and_rows(told)
            values = dict(zip(columns, counts, strict=True))
        values["is_current"] = snapshot == house.current()
        names = ["snapshot", "is_current", *columns[1:]]
        rows.append(tuple(values[name] for name in names))
    tell(names, rows, form, f"Snapshots, with the newest year's counts under {settings.lead_rulebook}")


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
    """Prints what a snapshot changed against an older one: one part, or, for people, every part. Raises QueryError.

    People are told of the rulebook that reports lead with unless they ask for another, and of the largest changes.
    """
    before, after = _pair(_kept(settings), old, new)
    if form is None:
        rulebook, limit = rulebook or settings.lead_rulebook, _SHOWN if limit is None else limit
        click.echo(f"From {before.name} to {after.name}, under the rulebook {rulebook}:")
    with scratch_connection(settings) as con:
        for prefix, snapshot in (("earlier", before), ("later", after)):
            names = ("run", "source_file", "headline", "shop_year", "village_status", "township_status")
            open_tables(con, snapshot, prefix, names)
        parts = [part] if part else list(PARTS) if form is None else ["figures"]
        if {"status", "figures"} & set(parts):
            _find_causes(con, settings.warehouse, before, after)
        for name in parts:
            _tell_part(con, name, {"year": year, "rulebook": rulebook}, limit, form)


def _tell_part(con: duckdb.DuckDBPyConnection, part: str, asked: Mapping[str, Any], limit: int | None, form: str | None) -> None:
    about_places = part not in ("inputs", "files")
    told = execute(con, f"reports/diff_{part}", **(asked if about_places else {}))
    names, rows = columns_and_rows(told)
    if form is None and not rows:
        click.echo(f"{PARTS[part]}: none")
        return
    shown = rows if limit is None else rows[:limit]
    if form is None:
        said = [i for i, name in enumerate(names) if name != "rulebook"]  # there is one, told at the beginning
        names, shown = [names[i] for i in said], [tuple(_for_people(row[i]) for i in said) for row in shown]
    tell(names, shown, form, PARTS[part])
    if form is None and len(shown) < len(rows):
        click.echo(f"{len(rows) - len(shown):,} more: census diff --part {part} --csv, or --limit {len(rows)}")


def _for_people(value: Any) -> Any:
    """A value as a person reads it: a digest cut to what tells it apart, a number with its thousands set off."""
    if isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value):
        return value[:12]
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, Decimal | float) else value


def _find_causes(con: duckdb.DuckDBPyConnection, warehouse: Path, before: Path, after: Path) -> None:
    """Makes diff_places: what changed of every village and town, and what the tables and the changed files tell of why."""
    for name in ("changed_shops", "place_shops", "changed_places", "wanted_ids"):
        execute(con, f"reports/{name}")
    _find_records(con, warehouse, *(load_state(snapshot / "_state" / "state.json") for snapshot in (before, after)))
    inputs = [str(row[0]) for row in execute(con, "reports/diff_inputs").fetchall()]
    execute(con, "reports/diff_places", inputs=", ".join(inputs))


def _find_records(con: duckdb.DuckDBPyConnection, warehouse: Path, before: State, after: State) -> None:
    """Makes changed_records: which changed file holds records of which changed shop or village.

    A content that is live in both snapshots, under whatever path, changes nothing. A segment that is no more tells nothing.
    """
    create_table(con, "changed_records", dict.fromkeys(("path", "what", "table", "id"), "varchar"))
    for table, column in _IDS.items():
        segments = _changed_segments(warehouse / "segments", table, before.live, after.live)
        if not segments:
            continue
        columns = {"filename": "varchar", "path": "varchar", "what": "varchar", "side": "varchar", "is_pair": "boolean"}
        create_table(con, "changed_segments", columns)
        insert_rows(con, "changed_segments", segments)
        rows = con.from_parquet([row[0] for row in segments], hive_partitioning=False, filename=True)
        rows.create_view("segment_rows", replace=True)
        con.execute(
            f"create or replace temp view changed_rows as select *, {identifier(column)}::varchar as id from segment_rows"
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
    after = _named(kept, new) if new else kept[-1]
    if old:
        return _named(kept, old), after
    if after == kept[0]:
        raise QueryError(f"no snapshot before {after.name} is kept: there is nothing to compare it with")
    return kept[kept.index(after) - 1], after


def _named(kept: Sequence[Path], name: str) -> Path:
    if found := [path for path in kept if path.name == name]:
        return found[0]
    raise QueryError(f"there is no snapshot {name}; there are {', '.join(path.name for path in kept)}")
