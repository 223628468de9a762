"""Watching the folder of the delivered files: who delivers tells nobody, so it is looked at, and a run begins once it is quiet.

for files in changes(settings): ...        a number of files, each time that a delivery is complete
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from flows.ledger import find
from flows.ledger.delivery import NoRawFolder
from flows.settings import Settings

Seen = frozenset[tuple[str, int, int]]
"""The delivered files as they look from outside: path, size in bytes, time of the last change in ns."""
_LOOKS = 12
"""How often a folder is looked at in the time that it has to be quiet."""


def changes(settings: Settings, sleep: Callable[[float], None] = time.sleep) -> Iterator[int]:
    """Waits for deliveries: tells how many files are there, at first and each time that they changed and then stayed the same.

    They have to stay the same for `quiet_seconds`, so that a file is not read while it is copied.
    """
    known, seen = None, look(settings)
    while True:
        quiet = 0
        while quiet < _LOOKS:
            sleep(settings.quiet_seconds / _LOOKS)
            now = look(settings)
            quiet = quiet + 1 if now == seen else 0
            seen = now
        if seen != known:
            known = seen
            yield len(seen)


def look(settings: Settings) -> Seen:
    """What lies in the raw folder; nothing where it is not there."""
    seen = set()
    try:
        delivery = find(settings.raw)
    except NoRawFolder:
        return frozenset()
    for file in delivery.files:
        try:
            told = (settings.raw / file.path).stat()
        except OSError:
            continue  # it went while it was looked for
        seen.add((file.path, told.st_size, told.st_mtime_ns))
    return frozenset(seen)
