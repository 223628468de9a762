"""Snapshots: each is the whole state of a warehouse; `current` is switched from one to the next in one atomic step."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from flows.intake.kept import sync, sync_all
from flows.ledger import State, StateLost, load_state

_ID = re.compile(r"\d{8}T\d{6}Z(-\d+)?")
STATE = Path("_state", "state.json")
"""Where the state lies in a snapshot."""


class Snapshots:
    """The snapshots of a warehouse: `snapshots/ID/`, complete where `_state/state.json` is there."""

    def __init__(self, warehouse: Path) -> None:
        self.folder = warehouse / "snapshots"
        self.link = warehouse / "current"

    def current(self) -> Path | None:
        """The folder of the current snapshot, or None in a new warehouse."""
        return self.folder / self.link.readlink().name if self.link.is_symlink() else None

    def state(self) -> State:
        """The state that the next run starts from. Raises StateLost: an empty one would let go of every record."""
        current = self.current()
        if current is None:
            self._refuse_a_lost_link()
            return State()
        try:
            return load_state(current / STATE)
        except StateLost as error:
            newest = _newest(self._whole(except_for=current.name))
            way = f", or go back to an earlier snapshot: ln -sfn {self.folder.name}/{newest} {self.link}" if newest else ""
            raise StateLost(f"{error}{way}.") from error

    def _refuse_a_lost_link(self) -> None:
        """Raises StateLost where `current` must have been there: a copy that leaves out links is not a new warehouse.

        One whole snapshot that had none before it may be what a killed first run left.
        """
        whole, is_there = self._whole(), self.link.exists()
        if is_there or len(whole) > 1 or any(state.earlier for state in whole.values()):
            newest = _newest(whole)
            raise StateLost(
                f"{self.link} is not {'a link to a snapshot' if is_there else 'there'}, so it cannot be told which of "
                f"{self.folder} is current. Nothing changed. "
                + (f"Move {self.link} away; then" if is_there else "To go on from the newest")
                + (f": ln -s {self.folder.name}/{newest} {self.link}" if newest else " run again.")
            )

    def _whole(self, except_for: str | None = None) -> dict[str, State]:
        """The states of the snapshots that are complete, by name."""
        found = {}
        for path in self.folder.glob("*"):
            if _ID.fullmatch(path.name) and path.name != except_for:
                with suppress(StateLost):
                    found[path.name] = load_state(path / STATE)
        return found

    def begin(self, now: datetime) -> Path:
        """A new, empty folder; it counts only once `commit` has switched to it.

        Its name is none that a reader may still know: in the same second, numbers go on from the highest that is there.
        """
        name = f"{now:%Y%m%dT%H%M%SZ}"
        taken = [int(path.name.removeprefix(name)[1:] or 1) for path in self.folder.glob(f"{name}*") if _ID.fullmatch(path.name)]
        path = self.folder / (f"{name}-{max(taken) + 1}" if taken else name)
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
        """Writes the state, makes everything durable, and switches `current`; `keep` snapshots are to stay."""
        before = self.current()
        earlier = [*self.state().earlier, before.name][-keep:] if before else []
        replace(state, earlier=earlier).save(snapshot / STATE)
        sync_all(snapshot)
        sync(self.folder)
        new = self.link.with_name("current.new")
        new.unlink(missing_ok=True)
        new.symlink_to(os.path.relpath(snapshot, self.link.parent), target_is_directory=True)
        new.replace(self.link)
        sync(self.link.parent)

    def kept(self, keep: int) -> list[Path]:
        """The current snapshot, then the newest that were current before it, `keep` in all. Raises StateLost."""
        current, earlier = self.current(), self.state().earlier
        return [path for path in (current, *(self.folder / name for name in earlier[::-1][: keep - 1])) if path and path.is_dir()]

    def leavings(self, keep: int) -> list[Path]:
        """All other snapshots: what a killed run left, also a whole one that `current` was never switched to."""
        kept = self.kept(keep)
        return sorted(path for path in self.folder.glob("*") if _ID.fullmatch(path.name) and path not in kept)

    def sweep(self, keep: int) -> None:
        """Removes the leavings, as far as it can: what stays is in nobody's way, and told by `free`. Raises StateLost."""
        for path in self.leavings(keep):
            shutil.rmtree(path, ignore_errors=True)

    def segments(self, keep: int) -> set[str]:
        """The names of the segments that kept snapshots need. Raises StateLost where that cannot be told of one."""
        names = set(self.state().live.values())
        for path in self.kept(keep)[1:]:
            try:
                names |= set(load_state(path / STATE).live.values())
            except StateLost as error:
                raise StateLost(f"{error}, or let go of that snapshot: rm -r {path}") from error
        return names


def _newest(whole: Mapping[str, State]) -> str | None:
    """That of some snapshots which none of them tells to be earlier."""
    return max(whole.keys() - {name for state in whole.values() for name in state.earlier}, default=None)
