"""Reading several files at once: prepared connections, one per thread that reads."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from flows.engine import connect
from flows.intake.aliases import Aliases
from flows.intake.formats import prepare
from flows.intake.segments import Segment, Segments

_MOST = 8
"""Files read at once, at most."""


class Readers:
    """Hands every reading thread a connection and a scratch folder of its own; memory and threads are shared out.

    So many at once that all cores are busy; where one file is most of what is to be read, every reader may use them all.
    """

    def __init__(
        self, segments: Segments, aliases: Aliases, scratch: Path, sizes: Sequence[int], memory_bytes: int, threads: int
    ) -> None:
        """`sizes` are those of the files to be read, in bytes."""
        self.workers = max(1, min(len(sizes), threads, _MOST))
        self._segments, self._aliases, self._scratch = segments, aliases, scratch
        self._memory = f"{memory_bytes // self.workers // 1_000_000} MB"
        is_uneven = max(sizes, default=0) * self.workers > sum(sizes)
        self._threads = threads if is_uneven else max(1, threads // self.workers)
        self._mine = threading.local()
        self._open = ExitStack()
        self._count = 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()

    def take(self, table: str, kind: str, path: Path) -> Segment:
        """Reads a delivered file into its segment (see Segments.take)."""
        con, scratch = self._connection()
        return self._segments.take(con, self._aliases, table, kind, path, scratch)

    def _connection(self) -> tuple[duckdb.DuckDBPyConnection, Path]:
        if not hasattr(self._mine, "own"):
            with self._lock:
                self._count += 1
                scratch = self._scratch / f"reader-{self._count}"
                scratch.mkdir(exist_ok=True)
                con = self._open.enter_context(connect(self._memory, self._threads, scratch))
            prepare(con, self._aliases)
            self._mine.own = con, scratch
        own: tuple[duckdb.DuckDBPyConnection, Path] = self._mine.own
        return own
