"""The orders that segments hold, as files to read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class OrderContent:
    """The accepted orders of one content: files of their rows, the file of their shop-months over all versions.

    `count` versions; `newest` is the last `updated_at` among them, null where the segment does not tell.
    """

    name: str
    rows: tuple[Path, ...]
    months: Path | None
    count: int
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class OrderFiles:
    """The accepted orders of some contents, each once. `rows` are the files to read for all of them."""

    contents: tuple[OrderContent, ...] = ()
    rows: tuple[Path, ...] = ()

    @staticmethod
    def of(contents: Iterable[OrderContent]) -> OrderFiles:
        """The orders of contents, in files of their own."""
        contents = tuple(contents)
        return OrderFiles(contents, tuple(path for content in contents for path in content.rows))

    @property
    def count(self) -> int:
        """Versions of orders."""
        return sum(content.count for content in self.contents)

    def since(self, moment: datetime | None) -> OrderFiles:
        """The contents that may hold a version updated at a moment or later; those that do not tell, where it is never."""
        return OrderFiles.of(c for c in self.contents if c.newest is None or (moment is not None and c.newest >= moment))
