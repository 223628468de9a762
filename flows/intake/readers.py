"""Reading several files at once: prepared connections, one per thread that reads."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

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
    With `elsewhere`, so many other processes read, and each has all of the memory and threads that are told. What is sent
    to them opens connections of its own there.
    """

    def __init__(
        self,
        segments: Segments,
        aliases: Aliases,
        scratch: Path,
        sizes: Sequence[int],
        memory_bytes: int,
        threads: int,
        elsewhere: int = 0,
    ) -> None:
        """`sizes` are those of the files to be read, in bytes."""
        self.workers = elsewhere or max(1, min(len(sizes), threads, _MOST))
        shares = 1 if elsewhere else self.workers
        self._segments, self._aliases, self._scratch = segments, aliases, scratch
        self._memory = f"{memory_bytes // shares // 1_000_000} MB"
        is_uneven = max(sizes, default=0) * shares > sum(sizes)
        self._threads = threads if is_uneven else max(1, threads // shares)
        self._begin()

    def _begin(self) -> None:
        self._mine = threading.local()
        self._open = ExitStack()
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        """What is sent to another process: no connection."""
        return {name: value for name, value in vars(self).items() if name not in ("_mine", "_open", "_lock")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._open.close()

    def take(self, table: str, kind: str, path: Path) -> tuple[Segment, bool]:
        """Reads a delivered file into its segment (see Segments.take); tells whether that takes the place of a damaged one."""
        con, scratch = self._connection()
        segment = self._segments.take(con, self._aliases, table, kind, path, scratch)
        return segment, segment.name in self._segments.remade

    def _connection(self) -> tuple[duckdb.DuckDBPyConnection, Path]:
        if not hasattr(self._mine, "own"):
            scratch = Path(tempfile.mkdtemp(prefix="reader-", dir=self._scratch))
            with self._lock:
                con = self._open.enter_context(connect(self._memory, self._threads, scratch))
            prepare(con, self._aliases)
            self._mine.own = con, scratch
        own: tuple[duckdb.DuckDBPyConnection, Path] = self._mine.own
        return own
