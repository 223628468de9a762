"""What a run finds changed against the state before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flows.ledger.delivery import Delivery


class UnknownPath(ValueError):
    """A path that cannot be withdrawn: it is not live, or its file is still there."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths by what became of them since the snapshot before; `vanished` files keep their records."""

    arrived: tuple[str, ...]
    corrected: tuple[str, ...]
    vanished: tuple[str, ...]
    withdrawn: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.arrived or self.corrected or self.withdrawn)


def withdraw(live: Mapping[str, str], delivery: Delivery, paths: Iterable[str]) -> dict[str, str]:
    """The live files without the given paths. Raises UnknownPath, and then withdraws none, if one cannot go."""
    there = {file.path for file in delivery.files}
    for path in paths:
        if path in there:
            raise UnknownPath(f"{path} is still in the raw folder: remove the file first, then withdraw its records")
        if path not in live:
            raise UnknownPath(f"{path} is not known; `census status --files` lists the live paths (relative to the raw folder)")
    gone = set(paths)
    return {path: segment for path, segment in live.items() if path not in gone}


def compare(before: Mapping[str, str], after: Mapping[str, str], delivery: Delivery) -> Changes:
    """How the live files differ from those of the snapshot before."""
    there = {file.path for file in delivery.files}
    return Changes(
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(path for path in after.keys() & before.keys() if after[path] != before[path])),
        tuple(sorted(path for path in after.keys() - there)),
        tuple(sorted(before.keys() - after.keys())),
    )
