"""Watching the folder of the delivered files: who delivers tells nobody, so it is looked at, and a run begins once it is quiet.

for files in changes(settings): ...        a number of files, each time that a delivery is complete
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from flows.ledger import NoRawFolder, RawFolder, raw_folder
from flows.settings import Settings

_LOOKS = 12
"""How often a folder is looked at in the time that it has to be quiet."""


def changes(settings: Settings, sleep: Callable[[float], None] = time.sleep) -> Iterator[int]:
    """Waits for deliveries: tells how many files are there, at first and each time that they changed and then stayed the same.

    They have to stay the same for `quiet_seconds`, so that a file is not read while it is copied.
    """
    raw = raw_folder(settings.raw)
    known, seen = None, look(raw)
    while True:
        quiet = 0
        while quiet < _LOOKS:
            sleep(settings.quiet_seconds / _LOOKS)
            now = look(raw)
            quiet = quiet + 1 if now == seen else 0
            seen = now
        if seen != known:
            known = seen
            yield seen[0]


def look(raw: RawFolder) -> tuple[int, object]:
    """How many files lie in the raw folder, and how they look from outside; where it cannot be read, why: a run will tell."""
    try:
        files = raw.find().files
    except (NoRawFolder, OSError) as error:
        return 0, str(error)
    return len(files), {(file.path, file.signature) for file in files}
