"""Snapshots: each is the whole state of a warehouse; `current` is switched from one to the next in one atomic step."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flows.intake.kept import sync
from flows.ledger import State, load_state

_ID = re.compile(r"\d{8}T\d{6}Z(-\d+)?")


class Snapshots:
    """The snapshots of a warehouse: `snapshots/ID/`, complete where `_state/state.json` is there."""

    def __init__(self, warehouse: Path) -> None:
        self.folder = warehouse / "snapshots"
        self.link = warehouse / "current"

    def current(self) -> Path | None:
        """The folder of the current snapshot, or None in a new warehouse."""
        return self.folder / self.link.readlink().name if self.link.is_symlink() else None

    def state(self) -> State:
        """The state that the next run starts from."""
        current = self.current()
        return load_state(current / "_state" / "state.json") if current else State()

    def begin(self, now: datetime) -> Path:
        """A new, empty folder; it counts only once `commit` has switched to it."""
        name = f"{now:%Y%m%dT%H%M%SZ}"
        taken = {path.name for path in self.folder.glob("*")}
        names = [name, *(f"{name}-{n}" for n in range(2, len(taken) + 3))]
        path = self.folder / next(free for free in names if free not in taken)
        (path / "_state").mkdir(parents=True)
        return path

    @contextmanager
    def building(self, now: datetime) -> Iterator[Path]:
        """A new folder (see begin) that is removed where an error comes before the switch to it."""
        path = self.begin(now)
        try:
            yield path
        except BaseException:
            if path != self.current():
                shutil.rmtree(path, ignore_errors=True)
            raise

    def commit(self, snapshot: Path, state: State, keep: int) -> None:
        """Writes the state, makes everything durable, switches `current`, and lets go of the oldest snapshots."""
        before = self.current()
        earlier = [*self.state().earlier, before.name][-keep:] if before else []
        replace(state, earlier=earlier).save(snapshot / "_state" / "state.json")
        for folder, _, names in os.walk(snapshot):
            for name in names:
                sync(Path(folder, name))
            sync(Path(folder))
        sync(self.folder)
        new = self.link.with_name("current.new")
        new.unlink(missing_ok=True)
        new.symlink_to(os.path.relpath(snapshot, self.link.parent), target_is_directory=True)
        new.replace(self.link)
        sync(self.link.parent)
        self.sweep(keep)

    def sweep(self, keep: int) -> None:
        """Keeps the current snapshot and the newest that were current before it, `keep` in all; removes all others.

        So what a killed run left goes, also a whole snapshot that `current` was never switched to.
        """
        current = self.current()
        kept = {*([current.name] if current else []), *self.state().earlier[::-1][: keep - 1]}
        for path in self.folder.glob("*"):
            if _ID.fullmatch(path.name) and path.name not in kept:
                shutil.rmtree(path)
