"""Segments: what one file's content gave, kept once per content. Design: "pure functions of a file's bytes".

A segment is a folder `warehouse/segments/TABLE-FORMAT-SHA256-READER/` of `segment.json`, `rows-0.parquet` and
`rows-1.parquet` (accepted rows, typed), `quarantine.parquet` (line, raw, reasons) and, for transactions, `months.parquet`
(sums by shop and month over all versions); a file without rows is left out. It appears
whole or not at all, and never changes: `segment.json` knows the size and checksum of every file, and its own checksum.
A segment that is not as it was written counts as not being there; it stays until its file was read again. Segments are made
durable together, by `settle`, before a snapshot counts on them: waiting for the disk after each would keep a core idle.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import duckdb

from flows.engine import identifier, scalar, set_variables, statement
from flows.intake import formats, text
from flows.intake.aliases import Aliases
from flows.intake.held import Held
from flows.intake.kept import Kept, checksum_of, keep, sha256_of, sync, sync_all, wrong_content, wrong_counts, wrong_size
from flows.intake.order_files import OrderContent, OrderFiles
from flows.intake.packs import Packs
from flows.intake.records import accepted_lines, accepted_rows, exact_rows, left_over, plain_rows, unread_lines
from flows.schema import RawTable, raw_tables

READER = 2
"""Raised whenever reading itself changes, so that older segments are not used for files that are still there."""
_SETTLED = 2_000_000_000
"""Nanoseconds after which a file's times tell that nobody wrote within the same tick of the clock."""
_SYNCING = 8
"""Segments made durable at once: file systems write the changes of several in one go."""


class ChangedWhileRead(RuntimeError):
    """A file changed while it was read."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What one content gave. Counts are null where it is held. `name` is its folder.

    `newest` is the last `updated_at` of its accepted orders; null for other tables, and in a segment that was made before it
    was noted. `files` are those beside segment.json; null in a segment that was made before there were checksums.
    """

    name: str
    table: str
    format: str
    sha256: str
    bytes: int
    rows: int | None
    accepted: int | None
    quarantined: int | None
    held_reason: str | None
    encoding: str | None
    unknown_columns: tuple[str, ...]
    files: tuple[Kept, ...] | None = None
    newest: datetime | None = None

    @property
    def content(self) -> str:
        """What a file is known by: its folder, format and content hash."""
        return f"{self.table}/{self.format}/{self.sha256}"


class Segments:
    """The segments of a warehouse, as one reader (code and alias table) makes them."""

    def __init__(self, folder: Path, aliases: Aliases) -> None:
        self.folder = folder
        self.packs = Packs(folder.parent / "packs")
        self.reader = f"{READER}.{aliases.digest[:8]}"
        self.remade: set[str] = set()  # the names of damaged segments that were made again
        self._known: dict[str, Segment | str] = {}  # what was looked at: the segment, or what is wrong with it

    def __getstate__(self) -> dict[str, Any]:
        """What is sent to another process: nothing of what was looked at, which may be a lot."""
        return vars(self) | {"_known": {}}

    def learn(self, segment: Segment, is_remade: bool) -> None:
        """Knows a segment that was made, maybe by another process."""
        self._known[segment.name] = segment
        if is_remade:
            self.remade.add(segment.name)

    def condemn(self, name: str, wrong: str) -> None:
        """Does not load a segment any more of which another process may have found what is wrong."""
        self._known[name] = wrong

    def name(self, table: str, kind: str, sha256: str) -> str:
        """The name of the segment of a content."""
        return f"{table}-{kind}-{sha256}-{self.reader}"

    def load(self, name: str) -> Segment | None:
        """A segment by name, or None where it is not there or damaged, as far as a look at names and sizes tells."""
        found = self._known.get(name) or self._look_at(name)
        if isinstance(found, str):
            return None
        self._known[name] = found
        return found

    def damage(self, name: str) -> str | None:
        """What is wrong with a segment, or None. Reads all of it; a damaged one is not loaded any more."""
        found, folder, wrong = self._look_at(name), self.folder / name, None
        if isinstance(found, str):
            wrong = found
        elif found.files is None:
            wrong = wrong_counts(folder, found.accepted or 0, found.quarantined or 0)
        else:
            wrong = wrong_content(folder, found.files)
        if wrong:
            self.condemn(name, wrong)
        return wrong

    def _look_at(self, name: str) -> Segment | str:
        """A segment, or what is wrong with it at first sight."""
        folder = self.folder / name
        try:
            told: dict[str, Any] = json.loads((folder / "segment.json").read_text(encoding="utf-8"))
            if "files" in told:
                if told.pop("checksum") != _checksum(told):
                    return "segment.json is not what was written"
                told["files"] = tuple(Kept(*file) for file in told["files"])
            newest = datetime.fromisoformat(told["newest"]) if told.get("newest") else None
            segment = Segment(name=name, **told | {"unknown_columns": tuple(told["unknown_columns"]), "newest": newest})
        except FileNotFoundError:
            return "segment.json is not there" if folder.exists() else "it is not there"
        except (ValueError, KeyError, TypeError, AttributeError):
            return "segment.json cannot be read"
        return wrong_size(folder, segment.files or ()) or segment

    def holds(self, name: str) -> bool:
        """Whether a segment is there and is what this reader would make."""
        return name.endswith(f"-{self.reader}") and self.load(name) is not None

    def settle(self, names: Collection[str]) -> None:
        """Makes segments durable."""
        with ThreadPoolExecutor(_SYNCING) as pool:
            list(pool.map(lambda name: sync_all(self.folder / name), sorted(names)))
        if names:
            sync(self.folder)

    def rows_by_table(self, segments: Iterable[Segment]) -> dict[str, list[Path]]:
        """The Parquet files of accepted rows by raw table but transactions (see orders), each content once."""
        files: dict[str, set[Path]] = {}
        for segment in segments:
            if segment.table != "transactions":
                files.setdefault(segment.table, set()).update(self._files(segment, "rows-*.parquet"))
        return {table: sorted(paths) for table, paths in files.items()}

    def orders(self, segments: Iterable[Segment]) -> OrderFiles:
        """The accepted orders of segments, each content once; read from packs where there are."""
        some = {segment.name: segment for segment in segments if segment.table == "transactions" and segment.accepted}
        contents = tuple(self._orders(some[name]) for name in sorted(some))
        return OrderFiles(contents, self.packs.rows(contents))

    def _orders(self, segment: Segment) -> OrderContent:
        rows, months = self._files(segment, "rows-*.parquet"), self._files(segment, "months.parquet")
        return OrderContent(segment.name, tuple(rows), next(iter(months), None), segment.accepted or 0, segment.newest)

    def _files(self, segment: Segment, pattern: str) -> list[Path]:
        """The files of a segment whose names are like a pattern, sorted; it knows them, unless it is an old one."""
        folder = self.folder / segment.name
        if segment.files is None:
            return sorted(folder.glob(pattern))
        return sorted(folder / file.name for file in segment.files if fnmatchcase(file.name, pattern))

    def quarantine(self, segment: Segment) -> Path:
        """The Parquet file of a segment's quarantined rows."""
        return self.folder / segment.name / "quarantine.parquet"

    def take(self, con: duckdb.DuckDBPyConnection, aliases: Aliases, table: str, kind: str, path: Path, scratch: Path) -> Segment:
        """Reads a delivered file into its segment; a content that has one is hashed and not read again.

        `kind` is the format by extension, such as "csv.gz". A file that changes meanwhile is read once more. Raises
        ChangedWhileRead, OSError.
        """
        try:
            return self._take(con, aliases, table, kind, path, scratch)
        except ChangedWhileRead:
            return self._take(con, aliases, table, kind, path, scratch)

    def _take(
        self, con: duckdb.DuckDBPyConnection, aliases: Aliases, table: str, kind: str, path: Path, scratch: Path
    ) -> Segment:
        link = scratch / f"input.{kind}"
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())  # a name that no reader takes for a pattern
        with self._building(scratch.name) as building:
            with _unchanged(path) as contents:
                try:
                    segment = self._read(con, aliases, raw_tables()[table], kind, link, building, scratch)
                except Held as held:
                    name = self.name(table, kind, held.sha256)
                    segment = Segment(name, table, kind, held.sha256, held.bytes, None, None, None, str(held), None, ())
                contents.append(segment.sha256)
            return self.load(segment.name) or self._keep(segment, building, scratch)

    @contextmanager
    def _building(self, reader: str) -> Iterator[Path]:
        """A folder in which one reader makes a segment; what is left in it afterwards is removed."""
        building = self.folder / f".building-{reader}"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        try:
            yield building
        finally:
            shutil.rmtree(building, ignore_errors=True)

    def _keep(self, segment: Segment, building: Path, scratch: Path) -> Segment:
        """Gives a segment its name, in one step; if another reader of the same content was first, it is that one.

        A damaged segment of its name makes way only now that there is a whole one.
        """
        segment = replace(segment, files=keep(building))
        told = asdict(segment)
        del told["name"]
        told["newest"] = segment.newest.isoformat() if segment.newest else None
        text = json.dumps(told | {"checksum": _checksum(told)}, ensure_ascii=False, indent=1)
        (building / "segment.json").write_text(text, encoding="utf-8")
        place = self.folder / segment.name
        try:
            os.replace(building, place)
        except OSError:
            if known := self.load(segment.name):
                return known
            if not place.exists():
                raise
            os.replace(place, scratch / "damaged")
            os.replace(building, place)
            shutil.rmtree(scratch / "damaged")
            self.learn(segment, is_remade=True)
        self.learn(segment, is_remade=False)
        return segment

    def _read(
        self,
        con: duckdb.DuckDBPyConnection,
        aliases: Aliases,
        table: RawTable,
        kind: str,
        path: Path,
        building: Path,
        scratch: Path,
    ) -> Segment:
        base, _, compression = kind.partition(".")
        surveyed: text.Text | None = None
        if base in ("csv", "jsonl"):
            surveyed = text.survey(path, compression, scratch / "unpacked")
            sha256, size = surveyed.sha256, surveyed.bytes
        else:
            sha256, size = sha256_of(path), path.stat().st_size
        try:
            if size == 0:
                raise Held("zero bytes")
            if known := self.load(self.name(table.name, kind, sha256)):
                return known
            if surveyed:
                text.decide_encoding(surveyed, scratch / "transcoded")
                records = (formats.open_csv if base == "csv" else formats.open_jsonl)(con, table, aliases, surveyed)
            else:
                records = (
                    formats.open_parquet(con, table, aliases, path, scratch / "transcoded")
                    if base == "parquet"
                    else formats.open_xlsx(con, table, aliases, path)
                )
            try:
                accepted, quarantined = _split(con, table, records, building)
            except duckdb.Error as error:
                if base == "parquet" and not formats.is_readable_parquet(con):
                    raise Held(f"not readable as Parquet: {error}") from error
                raise
            newest: datetime | None = None
            if table.name == "transactions" and accepted:
                set_variables(con, rows_files=[str(path) for path in sorted(building.glob("rows-*.parquet"))])
                _copy_rows(con, table, statement("intake/order_months"), building / "months.parquet")
                newest = scalar(con, statement("intake/newest_order"))
        except Held as held:
            held.sha256, held.bytes = sha256, size
            raise
        finally:
            for name in ("unpacked", "transcoded"):
                (scratch / name).unlink(missing_ok=True)
        return Segment(
            self.name(table.name, kind, sha256), table.name, kind, sha256, size, accepted + quarantined, accepted,
            quarantined, None, records.encoding, records.unknown, newest=newest,
        )  # fmt: skip


def _checksum(told: dict[str, Any]) -> str:
    """The checksum of what a segment.json tells."""
    return checksum_of(json.dumps(told, sort_keys=True))


@contextmanager
def _unchanged(path: Path) -> Iterator[list[str]]:
    """Raises ChangedWhileRead where a file changes or goes meanwhile, whatever else that led to.

    Is given the hash of the content that was read.
    """
    contents: list[str] = []
    begun, before = time.time_ns(), _signature(path)
    is_settled = before is not None and begun - before[2] > _SETTLED
    try:
        yield contents
    except Exception as error:
        if change := _change(path, before, is_settled, contents):
            raise ChangedWhileRead(change) from error
        raise
    if change := _change(path, before, is_settled, contents):
        raise ChangedWhileRead(change)


def _change(path: Path, before: tuple[int, ...] | None, is_settled: bool, contents: list[str]) -> str | None:
    """What happened to a file while it was read; its content is compared where its times cannot tell."""
    after = _signature(path)
    if before is None or after is None:
        return f"{path} is gone since this run found it. Run again when the delivery is complete."
    if before != after or (not is_settled and contents and contents != [sha256_of(path)]):
        return f"{path} changed while it was read. Deliver under a name that ends in .part and rename it when it is whole."
    return None


def _signature(path: Path) -> tuple[int, ...] | None:
    """Size, times and inode, of which one changes when a file does; None where it is not there."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


_SAMPLE = 1_000
"""Lines that tell which way to read a large file."""
_Way = Literal["nothing", "plain", "exact", "accepted"]
"""What a first reading takes."""


def _split(con: duckdb.DuckDBPyConnection, table: RawTable, records: formats.Records, building: Path) -> tuple[int, int]:
    """Writes accepted and quarantined rows; returns their counts.

    A small file's records are all read numbered. Of a larger one the plain lines are read first where most are plain. Else the
    fast relation is, where there is one: for the exactly spelled records, if most are, else for all that are accepted. Only
    if that leaves lines unexplained, the numbered relation tells what they are; where even that does not add up, it alone
    decides.
    """
    rows, taken = building / "rows-0.parquet", _way(con, table, records)
    accepted, left = 0, 0
    if taken != "nothing":
        accepted = _read_first(con, table, records, taken, rows)
        if accepted == records.total:
            return accepted, 0
    if accepted >= 0:
        left = _read_left_over(con, table, records, taken)
    if accepted < 0 or not _adds_up(con, records, accepted + left):
        records.arm()
        accepted = _copy_rows(con, table, accepted_lines(table, records.numbered), rows)
        _read_left_over(con, table, records, "accepted")
    columns = ", ".join(identifier(c.name) for c in table.columns)
    accepted += _copy_rows(con, table, f"select {columns} from left_over where reasons is null", building / "rows-1.parquet")
    bad = _copy(con, "select line, raw, reasons from left_over where reasons is not null", building / "quarantine.parquet")
    return accepted, bad


def _way(con: duckdb.DuckDBPyConnection, table: RawTable, records: formats.Records) -> _Way:
    """What a first reading is to take."""
    if records.plain:
        return "plain"
    if records.total <= formats.SMALL:
        return "nothing"
    if records.fast:
        sample = f"select * from ({records.fast}) limit {_SAMPLE}"
        if int(scalar(con, f"select count(*) from ({exact_rows(table, sample)})")) > _SAMPLE // 2:
            return "exact"
    return "accepted"


def _read_first(con: duckdb.DuckDBPyConnection, table: RawTable, records: formats.Records, taken: _Way, rows: Path) -> int:
    """Writes what a first reading takes and returns its rows, or -1 where DuckDB's own reader gives up on the file."""
    if taken == "plain" and records.plain:
        con.register("plain_lines", records.plain.batches())
        return _copy_rows(con, table, plain_rows(table), rows)
    if not records.fast:
        records.arm()
        return _copy_rows(con, table, accepted_lines(table, records.numbered), rows)
    try:
        return _copy_rows(con, table, (exact_rows if taken == "exact" else accepted_rows)(table, records.fast), rows)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        if records.encoding is None:
            raise
        return -1


def _read_left_over(con: duckdb.DuckDBPyConnection, table: RawTable, records: formats.Records, taken: _Way) -> int:
    """Makes the table left_over; returns its rows."""
    if taken == "plain" and records.plain:
        con.register("plain_lines", records.plain.batches())
        records.arm(con.execute(unread_lines(table)).fetchnumpy()["line"])
    else:
        records.arm()
    first = "nothing" if taken == "plain" else taken
    con.execute(f"create or replace temp table left_over as {left_over(table, records.numbered, first)}")
    return int(scalar(con, "select count(*) from left_over"))


def _adds_up(con: duckdb.DuckDBPyConnection, records: formats.Records, rows: int) -> bool:
    if rows == records.total or records.encoding is None:
        return rows == records.total
    records.arm()
    blank = int(scalar(con, "select count(*) from lines where decodes and is_blank(text)"))
    return rows + blank == records.total


_PARQUET = "format parquet, parquet_version v2, dictionary_size_limit 1000"
"""How segments are written: cheap to write and to read. Dictionaries are for statuses; trying them on ids costs a third."""


def _copy_rows(con: duckdb.DuckDBPyConnection, table: RawTable, query: str, path: Path) -> int:
    """As _copy, of a table's accepted rows; packed only where they hold free text.

    Numbers, times and statuses are small by their encoding: packing takes off a sixth, for a twentieth of the time.
    """
    return _copy(con, query, path, "lz4_raw" if any(c.kind == "text" for c in table.columns) else "uncompressed")


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path, codec: str = "lz4_raw") -> int:
    """Writes a query's rows to a Parquet file and returns their number; no rows, no file."""
    count = int(scalar(con, f"copy ({query}) to $1 ({_PARQUET}, compression {codec})", [str(path)]))
    if not count:
        path.unlink(missing_ok=True)
    return count
