"""What lies in the raw folder: which files are data, which are ignored, which are still being delivered."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

from flows.schema import raw_tables

F = TypeVar("F")

_FORMAT = re.compile(r"\.(csv|jsonl)(\.gz|\.zst)?\Z|\.(parquet|xlsx)\Z", re.IGNORECASE)
SETTLED = 2_000_000_000
"""Nanoseconds after which a file's change time tells that nobody is still writing within the same tick."""


class NoRawFolder(ValueError):
    """The raw folder is not there."""


@dataclass(frozen=True, slots=True)
class RawFile:
    """A delivered file: its path relative to the raw folder, the table of its folder, its format by extension.

    `signature` is what its folder tells of it without reading it: its size, then times in nanoseconds, then its inode; a file
    that changes has another.
    """

    path: str
    table: str
    format: str
    signature: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes as delivered."""
        return self.signature[0]

    @property
    def changed(self) -> int:
        """When it changed last, in nanoseconds since 1970."""
        return max(self.signature[1:3])


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a scan of the raw folder found; `ignored` are files that are no data."""

    files: tuple[RawFile, ...]
    ignored: tuple[str, ...]


def find(raw: Path) -> Delivery:
    """Every data file of the raw folder, sorted by path. Contract, section 1: formats, skipped names, links.

    Raises NoRawFolder where the folder is not there: a share that is not mounted withdraws nothing. Raises OSError where a
    folder in it cannot be read.
    """
    if not raw.is_dir():
        raise NoRawFolder(f"the raw folder {raw} is not there; name it with --raw, or create it")
    return sort_out(_walk(raw), _signature)


def sort_out(found: Iterable[tuple[str, F]], signature: Callable[[F], tuple[int, ...] | None]) -> Delivery:
    """The data files among those found, told by their paths, and the others. One without a signature is gone again."""
    files, ignored = [], []
    for path, one in found:
        table, _, _ = path.partition("/")
        match = _FORMAT.search(path)
        if not _is_text(path):
            ignored.append(path.encode("utf-8", "backslashreplace").decode())
        elif table in raw_tables() and "/" in path and match:
            if told := signature(one):
                files.append(RawFile(path, table, match[0].lower()[1:], told))
        else:
            ignored.append(path)
    return Delivery(tuple(sorted(files, key=lambda file: file.path)), tuple(sorted(ignored)))


def _signature(path: Path) -> tuple[int, ...] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:  # gone since it was listed
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def _walk(raw: Path) -> Iterator[tuple[str, Path]]:
    inside = os.path.realpath(raw) + os.sep
    for folder, folders, names in os.walk(raw, onerror=_unreadable, followlinks=False):
        folders[:] = [name for name in folders if not is_unfinished(name)]
        for name in names:
            full = Path(folder, name)
            if not is_unfinished(name) and os.path.realpath(full).startswith(inside) and full.is_file():
                yield full.relative_to(raw).as_posix(), full


def _unreadable(error: OSError) -> NoReturn:
    """A folder that cannot be read is not one without files."""
    raise error


def is_unfinished(name: str) -> bool:
    """Names that begin with `.` or `_` or end in `.tmp` or `.part` are still being delivered."""
    return name.startswith((".", "_")) or name.endswith((".tmp", ".part"))


def _is_text(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class Seen:
    """Contents by file signature, so that an unchanged file is never read again.

    A cache in the warehouse that can be deleted. A file's signature is remembered only once its last change lies some
    seconds back, since a change within one tick of the clock would not show.
    """

    def __init__(self, path: Path, raw: str, settled: int = SETTLED) -> None:
        """`raw` tells the raw folder from others; a file is `settled` so many nanoseconds after its last change."""
        self._path, self._raw, self._settled = path, raw, settled
        self._known = _seen(path).get(self._raw, {})
        self._new: dict[str, tuple[tuple[int, ...], str]] = {}

    @staticmethod
    def segments(path: Path) -> set[str]:
        """The names of all segments that such a file tells of: also of a delivery that no snapshot took in yet."""
        return {name for known in _seen(path).values() for _, name in known.values()}

    def segment(self, file: RawFile) -> str | None:
        """The name of the segment of an unchanged file, else None."""
        signature, name = self._known.get(file.path, ((), ""))
        if signature == file.signature:
            self._new[file.path] = (signature, name)
            return name
        return None

    def remember(self, file: RawFile, segment: str) -> None:
        """Notes what a file that was just read held; without its signature where it may still change unseen."""
        is_settled = time.time_ns() - file.changed > self._settled
        self._new[file.path] = (file.signature if is_settled else (), segment)

    def save(self) -> None:
        """Keeps what this run saw."""
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({self._raw: self._new}, ensure_ascii=False), encoding="utf-8")
        new.replace(self._path)


def _seen(path: Path) -> dict[str, dict[str, tuple[tuple[int, ...], str]]]:
    """What a file of Seen tells, by raw folder and path; nothing where it is not there or not whole."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {raw: {p: (tuple(s), str(name)) for p, (s, name) in known.items()} for raw, known in told.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
