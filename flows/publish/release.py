"""Releases: the final figures of a statistical year, signed and never changed again, beside the snapshots that go on.

`releases/YEAR-N/` holds that year's rows of every published table, the rulebooks and the calendar that decided them,
`release.json` (who, when, from what), `CHANGES.md` (against release N-1), and `SHA256SUMS` for `sha256sum -c`. It is laid out as
a snapshot is, so that what reads one reads the other.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from duckdb import ColumnExpression, ConstantExpression

from flows.engine import execute
from flows.intake.kept import sha256_of, sync, sync_all
from flows.publish.package import PACKAGE, write_package
from flows.publish.snapshots import STATE
from flows.publish.tables import files_of, write_tables
from flows.publish.vintages import open_tables
from flows.schema import Table

_SUMS = "SHA256SUMS"
_TOLD = "release.json"
_CHANGES = "CHANGES.md"
_OF_THE_SNAPSHOT = ("run", "source_file")
"""Tables without a year that a release holds whole: how the snapshot came about, and of which files."""


Changelog = Callable[[duckdb.DuckDBPyConnection, Path | None, Path, str, Sequence[str]], str]
"""Tells in Markdown what a release changes: the folder of the one before, or none, its own, its name, the files that differ."""


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
        """What its release.json holds; nothing where it cannot be read, which `damage` tells."""
        try:
            found: dict[str, Any] = json.loads((self.folder / _TOLD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
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
        return sorted(wrong + [f"{name}: changed" for name in sums.keys() & there.keys() if sha256_of(there[name]) != sums[name]])


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
    """What keeps a year's figures of a snapshot from being released: the limit or gate, and what is told of it.

    The limits are shares, from 0 to 1. A release that is not as it was signed is nothing to compare the next one with.
    """
    open_tables(con, snapshot, "released_", ("shop_year", "headline", "source_file"))
    limits = {"quarantine_limit": quarantine_limit, "orphans_limit": orphans_limit}
    reasons = execute(con, "publish/release_gate", year=year, **limits).fetchall()
    for earlier in releases(snapshot.parent.parent, year)[-1:]:
        if damage := earlier.damage():
            told = (
                f"{earlier.name} is not as it was signed ({'; '.join(damage[:3])}): put it back from a copy of {earlier.folder}"
            )
            reasons.append(("release", told))
    return reasons


def write_release(
    con: duckdb.DuckDBPyConnection,
    snapshot: Path,
    tables: Mapping[str, Table],
    year: int,
    rules: Mapping[str, Path],
    told: Mapping[str, Any],
    changelog: Changelog,
) -> Release | None:
    """Writes the next release of a year out of a snapshot; None where the newest one holds the very same.

    `rules` are the files to keep beside the tables, by path in the release; `told` is what is signed, besides what is told of
    the release itself; `changelog` writes CHANGES.md. It appears whole, or not at all.
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
        before = earlier[-1].folder if earlier else None
        was, now = _decides(before) if before else {}, _decides(building)
        if before and was == now:
            return None
        (building / STATE).parent.mkdir()
        shutil.copyfile(snapshot / STATE, building / STATE)
        differing = sorted(path for path in was.keys() | now.keys() if was.get(path) != now.get(path))
        (building / _CHANGES).write_text(changelog(con, before, building, folder.name, differing), encoding="utf-8")
        signed = {"release": folder.name, "year": year, "number": number, "snapshot": snapshot.name, **told}
        (building / _TOLD).write_text(json.dumps(signed, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        sums = [f"{sha256_of(path)}  {path.relative_to(building).as_posix()}\n" for path in _files(building)]
        (building / _SUMS).write_text("".join(sums), encoding="utf-8")
        for path in _files(building):
            path.chmod(0o444)
        sync_all(building)
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
    apart = {*(f"{table}.parquet" for table in _OF_THE_SNAPSHOT), _TOLD, _SUMS, _CHANGES, PACKAGE, STATE.as_posix()}
    return {name: sha256_of(path) for name, path in names.items() if name not in apart}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
