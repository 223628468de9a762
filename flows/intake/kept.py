"""Files that are kept, of a segment or a snapshot: known by size and checksum, and made durable.

A segment is the only copy of the records of a file that is gone, so damage must show. The checksum is CRC-32: it is made
against failing disks, not against forgers, and it costs a third of a second per gigabyte, under 1 % of reading.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_BLOCK = 1 << 17


class Kept(NamedTuple):
    """A file of a segment: its name, its bytes, their checksum."""

    name: str
    bytes: int
    checksum: str


def keep(folder: Path) -> tuple[Kept, ...]:
    """Tells what the files of a folder hold, by name."""
    return tuple(Kept(path.name, path.stat().st_size, checksum(path)) for path in sorted(folder.iterdir()))


def checksum(path: Path) -> str:
    """The checksum of a file's bytes."""
    value, block = 0, memoryview(bytearray(_BLOCK))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(block):
            value = zlib.crc32(block[:count], value)
    return f"{value:08x}"


def checksum_of(text: str) -> str:
    """The checksum of a text."""
    return f"{zlib.crc32(text.encode()):08x}"


def link(source: Path, path: Path) -> None:
    """Gives a file a second name; where the file system has no such thing, a copy."""
    try:
        os.link(source, path)
    except OSError:
        shutil.copyfile(source, path)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal: what it is known by to others."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Makes a file, or a folder's names, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_all(folder: Path) -> None:
    """Makes a folder and everything in it durable."""
    for inner, _, names in os.walk(folder):
        for name in names:
            sync(Path(inner, name))
        sync(Path(inner))


def wrong_size(folder: Path, files: Iterable[Kept]) -> str | None:
    """Which file of a folder is not there or not as long as it was written, or None. Reads nothing."""
    for file in files:
        try:
            size = (folder / file.name).stat().st_size
        except FileNotFoundError:
            return f"{file.name} is not there"
        if size != file.bytes:
            return f"{file.name} has {size:,} bytes, {file.bytes:,} were written"
    return None


def wrong_content(folder: Path, files: Iterable[Kept]) -> str | None:
    """Which file of a folder is not what was written or cannot be read, or None. Reads everything."""
    for file in files:
        try:
            found = checksum(folder / file.name)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.ENOENT):
                raise
            return f"{file.name} cannot be read: {error.strerror}"
        if found != file.checksum:
            return f"{file.name} is not what was written"
    return None


def wrong_counts(folder: Path, accepted: int, quarantined: int) -> str | None:
    """As wrong_content, of a segment made before there were checksums: whether its files are Parquet with so many rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for pattern, rows in (("rows-*.parquet", accepted), ("quarantine.parquet", quarantined)):
        try:
            found = sum(pq.read_metadata(path).num_rows for path in folder.glob(pattern))
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            return f"{pattern} cannot be read: {error}"
        if found != rows:
            return f"{pattern} has {found:,} rows, {rows:,} were written"
    return None
