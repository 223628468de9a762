"""Releases: the final figures of a statistical year, signed and never changed again, beside the snapshots that go on.

`releases/YEAR-N/` holds that year's rows of every published table, the rulebooks and the calendar that decided them,
`release.json` (who, when, from what), `CHANGES.md` (against release N-1), and `SHA256SUMS` for `sha256sum -c`. It is laid out as
a snapshot is, so that what reads one reads the other.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from duckdb import ColumnExpression, ConstantExpression

from flows.engine import execute
from flows.intake.kept import sync
from flows.publish.package import write_package
from flows.publish.snapshots import STATE
from flows.publish.tables import files_of, write_tables
from flows.publish.vintages import open_tables
from flows.schema import Table

_SUMS = "SHA256SUMS"
_TOLD = "release.json"
_CHANGES = "CHANGES.md"
_OF_THE_SNAPSHOT = ("run", "source_file")
"""Tables without a year that a release holds whole: how the snapshot came about, and of which files."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release of a statistical year: the `number`th, in its folder; `told` is release.json."""

    folder: Path
    year: int
    number: int

    @property
    def name(self) -> str:
        """YEAR-N."""
        return self.folder.name

    @property
    def told(self) -> dict[str, Any]:
        """What its release.json holds."""
        found: dict[str, Any] = json.loads((self.folder / _TOLD).read_text(encoding="utf-8"))
        return found

    def damage(self) -> list[str]:
        """What differs from SHA256SUMS, a line a file; nothing where all is as it was signed."""
        try:
            lines = (self.folder / _SUMS).read_text(encoding="utf-8").splitlines()
        except OSError as error:
            return [f"{_SUMS}: {error.strerror}"]
        sums = {name: told for told, _, name in (line.partition("  ") for line in lines)}
        there = {path.relative_to(self.folder).as_posix(): path for path in _files(self.folder) if path.name != _SUMS}
        wrong = [f"{name}: not there" for name in sums.keys() - there.keys()]
        wrong += [f"{name}: not signed" for name in there.keys() - sums.keys()]
        return sorted(wrong + [f"{name}: changed" for name in sums.keys() & there.keys() if _sha256(there[name]) != sums[name]])


def releases(warehouse: Path, year: int | None = None) -> list[Release]:
    """The releases of a warehouse, or of one year of it, by year, the newest of each last."""
    found = []
    for folder in (warehouse / "releases").glob("*-*"):
        told, _, number = folder.name.partition("-")
        if told.isdecimal() and number.isdecimal() and year in (None, int(told)):
            found.append(Release(folder, int(told), int(number)))
    return sorted(found, key=lambda release: (release.year, release.number))


def release_gate(
    con: duckdb.DuckDBPyConnection, snapshot: Path, year: int, quarantine_limit: Decimal, orphans_limit: Decimal
) -> list[tuple[str, str]]:
    """What keeps a year's figures of a snapshot from being final: the limit or gate, and what is told of it.

    The limits are shares, from 0 to 1.
    """
    open_tables(con, snapshot, "released_", ("shop_year", "headline", "source_file"))
    limits = {"quarantine_limit": quarantine_limit, "orphans_limit": orphans_limit}
    return execute(con, "publish/release_gate", year=year, **limits).fetchall()


def write_release(
    con: duckdb.DuckDBPyConnection,
    snapshot: Path,
    tables: Mapping[str, Table],
    year: int,
    rules: Mapping[str, Path],
    told: Mapping[str, Any],
) -> Release | None:
    """Writes the next release of a year out of a snapshot; None where the newest one holds the very same.

    `rules` are the files to keep beside the tables, by path in the release; `told` is what is signed, besides what is told of
    the release itself. It appears whole, or not at all.
    """
    warehouse = snapshot.parent.parent
    earlier = releases(warehouse, year)
    number = earlier[-1].number + 1 if earlier else 1
    folder = warehouse / "releases" / f"{year}-{number}"
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir(parents=True)
        _write_rows(con, snapshot, tables, year, building)
        for name, path in rules.items():
            (building / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, building / name)
        if earlier and _decides(building) == _decides(earlier[-1].folder):
            return None
        (building / STATE).parent.mkdir()
        shutil.copyfile(snapshot / STATE, building / STATE)
        changes = _changes(con, earlier[-1].folder if earlier else None, building)
        (building / _CHANGES).write_text(changes, encoding="utf-8")
        signed = {"release": folder.name, "year": year, "number": number, "snapshot": snapshot.name, **told}
        (building / _TOLD).write_text(json.dumps(signed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        sums = [f"{_sha256(path)}  {path.relative_to(building).as_posix()}\n" for path in _files(building)]
        (building / _SUMS).write_text("".join(sums), encoding="utf-8")
        for path in _files(building):
            path.chmod(0o444)
            sync(path)
        for inner, *_ in os.walk(building, topdown=False):
            sync(Path(inner))
        building.rename(folder)
        for inner, *_ in os.walk(folder, topdown=False):
            Path(inner).chmod(0o555)
        sync(folder.parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)
        with suppress(OSError):
            folder.parent.rmdir()  # only where it is empty
    return Release(folder, year, number)


def _write_rows(con: duckdb.DuckDBPyConnection, snapshot: Path, tables: Mapping[str, Table], year: int, folder: Path) -> None:
    """Writes a year's rows of every table that has years, and what tells of the snapshot."""
    written = []
    for table in tables.values():
        if files := [str(path) for path in files_of(table, snapshot)]:
            rows = con.from_parquet(files, hive_partitioning=False)
            if table.columns[0].name == "year" and table.name != "revision":
                rows = rows.filter(ColumnExpression("year") == ConstantExpression(year))
            elif table.name not in _OF_THE_SNAPSHOT:
                continue
            rows.create_view(table.name, replace=True)
            written.append(table)
    write_tables(con, written, folder)
    write_package(written, folder)


def _decides(folder: Path) -> dict[str, str]:
    """What two releases of a year have to share to be the same: rows and rules, by path."""
    names = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    apart = {f"{table}.parquet" for table in _OF_THE_SNAPSHOT} | {
        _TOLD,
        _SUMS,
        "CHANGES.md",
        "datapackage.json",
        STATE.as_posix(),
    }
    return {name: _sha256(path) for name, path in names.items() if name not in apart}


def _changes(con: duckdb.DuckDBPyConnection, before: Path | None, after: Path) -> str:
    """The changelog against the release before, in Markdown."""
    title = f"# {after.name.strip('.').removesuffix('.building')}\n\n"
    if before is None:
        return f"{title}The first release of this year.\n"
    for prefix, folder in (("earlier_", before), ("later_", after)):
        open_tables(con, folder, prefix, ("village_status", "township_status"))
    rows = execute(con, "publish/release_changes").fetchall()
    lines = [
        f"Against {before.name}, under each rulebook: villages and towns that gained or lost the status, or have other figures.\n"
    ]
    for rulebook in dict.fromkeys(row[0] for row in rows):
        lines.append(f"## {rulebook}\n")
        lines += _told(row[1:] for row in rows if row[0] == rulebook)
    return title + "\n".join(lines) + "\n" if rows else f"{title}Against {before.name}: no village or town has other figures.\n"


def _told(rows: Iterable[Sequence[Any]]) -> list[str]:
    lines = ["| | code | name | sales before | sales now | active shops before | now |", "|---|---|---|---:|---:|---:|---:|"]
    for what, kind, code, name, *figures in rows:
        shown = ["" if figure is None else f"{figure:,}" for figure in figures]
        plain = "".join(character if character.isalnum() else f"&#{ord(character)};" for character in name or "")
        lines.append(f"| {what} ({kind}) | {code} | {plain} | {' | '.join(shown)} |")
    return [*lines, ""]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
