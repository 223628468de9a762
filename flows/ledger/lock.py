"""One run per warehouse."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Locked(RuntimeError):
    """Another run has the warehouse."""


@contextmanager
def locked(warehouse: Path) -> Iterator[None]:
    """Holds the warehouse for one run. The kernel frees it when the process ends, however it ends. Raises Locked."""
    warehouse.mkdir(parents=True, exist_ok=True)
    path = warehouse / "lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip()
            raise Locked(
                f"another run{f' (process {holder})' if holder else ''} has the warehouse {warehouse}; try again when it ends"
            ) from error
        with suppress(OSError):  # to tell who has it is all that this is for; a full disk is no reason not to make room
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), str(os.getpid()).encode())
        yield
