"""Segments: what one file's content gave, kept once per content. Design: "pure functions of a file's bytes".

A segment is a folder `warehouse/segments/TABLE-FORMAT-SHA256-READER/` of `segment.json`, `rows.parquet` (accepted rows,
typed) and `quarantine.parquet` (line, raw, reasons); the Parquet files are there only where they have rows. It appears
whole or not at all, and never changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from flows.engine import scalar
from flows.intake import formats, text
from flows.intake.aliases import Aliases
from flows.intake.held import Held
from flows.intake.records import accepted_lines, accepted_rows, quarantined_rows
from flows.schema import RawTable, raw_tables

READER = 1
"""Raised whenever reading itself changes, so that older segments are not used for files that are still there."""


class ChangedWhileRead(RuntimeError):
    """A file changed while it was read."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What one content gave. Counts are null where it is held. `name` is its folder."""

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

    @property
    def content(self) -> str:
        """What a file is known by: its folder, format and content hash."""
        return f"{self.table}/{self.format}/{self.sha256}"


class Segments:
    """The segments of a warehouse, as one reader (code and alias table) makes them."""

    def __init__(self, folder: Path, aliases: Aliases) -> None:
        self.folder = folder
        self.reader = f"{READER}.{aliases.digest[:8]}"

    def name(self, table: str, kind: str, sha256: str) -> str:
        """The name of the segment of a content."""
        return f"{table}-{kind}-{sha256}-{self.reader}"

    def load(self, name: str) -> Segment | None:
        """A segment by name, or None where it is not there."""
        try:
            told = json.loads((self.folder / name / "segment.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Segment(name=name, **told | {"unknown_columns": tuple(told["unknown_columns"])})

    def rows(self, segment: Segment) -> Path:
        """The Parquet file of a segment's accepted rows."""
        return self.folder / segment.name / "rows.parquet"

    def quarantine(self, segment: Segment) -> Path:
        """The Parquet file of a segment's quarantined rows."""
        return self.folder / segment.name / "quarantine.parquet"

    def take(
        self, con: duckdb.DuckDBPyConnection, aliases: Aliases, table: str, kind: str, path: Path, scratch: Path
    ) -> Segment:
        """Reads a delivered file into its segment; a content that has one is hashed and not read again.

        `kind` is the format by extension, such as "csv.gz". Raises ChangedWhileRead, OSError.
        """
        before = path.stat()
        link = scratch / f"input.{kind}"
        link.unlink(missing_ok=True)
        link.symlink_to(path.resolve())  # a name that no reader takes for a pattern
        building = self.folder / ".building"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        try:
            segment = self._read(con, aliases, raw_tables()[table], kind, link, building, scratch)
        except Held as held:
            segment = Segment(
                self.name(table, kind, held.sha256), table, kind, held.sha256, held.bytes, None, None, None, str(held), None, ()
            )
        after = path.stat()
        if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
            raise ChangedWhileRead(
                f"{path} changed while it was read. Deliver under a name that ends in .part and rename it when it is whole."
            )
        if known := self.load(segment.name):
            return known
        told = asdict(segment)
        del told["name"]
        (building / "segment.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(building, self.folder / segment.name)
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
            sha256, size = _sha256(path)
        try:
            if size == 0:
                raise Held("zero bytes")
            if known := self.load(self.name(table.name, kind, sha256)):
                return known
            if surveyed:
                text.decide_encoding(surveyed, scratch / "transcoded")
                records = (formats.open_csv if base == "csv" else formats.open_jsonl)(con, table, aliases, surveyed)
            else:
                records = (formats.open_parquet if base == "parquet" else formats.open_xlsx)(con, table, aliases, path)
            accepted, quarantined = _split(con, table, records, building)
        except Held as held:
            held.sha256, held.bytes = sha256, size
            raise
        finally:
            for name in ("unpacked", "transcoded"):
                (scratch / name).unlink(missing_ok=True)
        return Segment(
            self.name(table.name, kind, sha256), table.name, kind, sha256, size, accepted + quarantined, accepted,
            quarantined, None, records.encoding, records.unknown,
        )  # fmt: skip


def _sha256(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size


def _split(con: duckdb.DuckDBPyConnection, table: RawTable, records: formats.Records, building: Path) -> tuple[int, int]:
    """Writes accepted and quarantined rows; returns their counts.

    The fast relation is read first where there is one. Only if that leaves lines unexplained, the numbered one tells
    which they are; where even that does not add up, the numbered relation alone decides.
    """
    rows, bad = building / "rows.parquet", building / "quarantine.parquet"
    if not records.total:
        return 0, 0
    accepted = -1
    if records.fast:
        try:
            accepted = _copy(con, accepted_rows(table, records.fast), rows)
        except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
            if records.encoding is None:
                raise Held(f"not readable as Parquet: {error}") from error
        if accepted == records.total:
            return accepted, 0
    records.arm()
    quarantined = _copy(con, quarantined_rows(table, records.numbered), bad)
    if accepted < 0 or not _adds_up(con, records, accepted + quarantined):
        records.arm()
        accepted = _copy(con, accepted_lines(table, records.numbered), rows)
    return accepted, quarantined


def _adds_up(con: duckdb.DuckDBPyConnection, records: formats.Records, rows: int) -> bool:
    if rows == records.total or records.encoding is None:
        return rows == records.total
    records.arm()
    blank = int(scalar(con, "select count(*) from lines where decodes and is_blank(text)"))
    return rows + blank == records.total


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Writes a query's rows to a Parquet file and returns their number; no rows, no file."""
    count = int(scalar(con, f"copy ({query}) to $1 (format parquet, compression zstd, parquet_version v2)", [str(path)]))
    if not count:
        path.unlink(missing_ok=True)
    return count
