"""What a warehouse holds that no snapshot needs: segments of contents that are gone, what killed runs left."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from flows.ledger import Seen, locked
from flows.publish.snapshots import Snapshots
from flows.schema import raw_tables

_SEGMENT = re.compile(rf"({'|'.join(raw_tables())})-(csv|jsonl|parquet|xlsx)(\.gz|\.zst)?-[0-9a-f]{{64}}-\d+\.[0-9a-f]{{8}}")
_REMOVING = ".removing-"
"""How the name of a segment begins while it is removed, so that a half one never has a segment's name."""


@dataclass(frozen=True, slots=True)
class Leavings:
    """What can go, and its bytes. `others` are half segments and files of killed runs; `failed` tells what could not go."""

    segments: tuple[Path, ...] = ()
    snapshots: tuple[Path, ...] = ()
    others: tuple[Path, ...] = ()
    bytes: int = 0
    failed: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of it."""
        return (*self.segments, *self.snapshots, *self.others)


def collect(warehouse: Path, keep: int, dry_run: bool = False) -> Leavings:
    """Removes what no snapshot needs, or only tells it. Raises Locked, and StateLost; then nothing is removed."""
    if not warehouse.is_dir():
        return Leavings()
    with locked(warehouse):
        return find_leavings(warehouse, keep) if dry_run else free(warehouse, keep)


def find_leavings(warehouse: Path, keep: int) -> Leavings:
    """What can go where `keep` snapshots stay. Raises StateLost.

    A segment stays that a kept snapshot or seen.json names: the latter also tells of what a refused run read, which the
    next run takes in without reading it again. So does a fold that the next run may go on with, and all that no run made.
    """
    snapshots, folder = Snapshots(warehouse), warehouse / "segments"
    needed = snapshots.segments(keep) | Seen.segments(warehouse / "seen.json")
    segments = [path for path in folder.glob("*") if _is_segment(path) and path.name not in needed]
    half = [*folder.glob(".building-*"), *folder.glob(f"{_REMOVING}*")]
    left = [warehouse / name for name in ("scratch", "current.new", "seen.new", "refused.new")]
    others = (*sorted(half), *(path for path in left if os.path.lexists(path)))
    found = Leavings(tuple(sorted(segments)), tuple(snapshots.leavings(keep)), others)
    return replace(found, bytes=sum(map(_bytes, found.paths)))


def free(warehouse: Path, keep: int) -> Leavings:
    """Removes what find_leavings finds, and tells what went; for a run that has the warehouse. Raises StateLost."""
    found = find_leavings(warehouse, keep)
    sizes, failed = {path: _bytes(path) for path in found.paths}, {}
    for path in reversed(found.paths):
        try:
            _remove(path)
        except OSError as error:
            failed[path] = str(error)
    segments, snapshots, others = (
        tuple(path for path in paths if path not in failed) for paths in (found.segments, found.snapshots, found.others)
    )
    gone = Leavings(segments, snapshots, others, failed=tuple(failed.values()))
    return replace(gone, bytes=sum(sizes[path] for path in gone.paths))


def _remove(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    shutil.rmtree(path.rename(path.with_name(f"{_REMOVING}{path.name}")) if _is_segment(path) else path)


def _is_segment(path: Path) -> bool:
    return _SEGMENT.fullmatch(path.name) is not None and path.is_dir() and not path.is_symlink()


def _bytes(path: Path) -> int:
    """The bytes of a file, or of all files in a folder; not of links, nor of what another snapshot holds as well."""
    files = [path, *(Path(folder, name) for folder, _, names in os.walk(path) for name in names)]
    told = [file.lstat() for file in files if file.is_file() and not file.is_symlink()]
    return sum(file.st_size for file in told if file.st_nlink == 1)
