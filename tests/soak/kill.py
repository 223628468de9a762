"""Kill runs of the census at random moments, and check after each that nothing is lost and nothing is half.

    python tests/soak/kill.py [--kills N] [--seed N] [--fresh N] [--folder DIR]

A small world of shops and orders is advanced by a change: a file arrives, updates come late, a file comes once more under
another name, is corrected, goes from the raw folder, or is withdrawn. `census run` (or `forget`), which keeps one to three
snapshots, is started as a process of its own, and its process group is killed with SIGKILL: at a moment of its whole duration,
of its work (once it has the warehouse), or around the switch (once the new state is written). After each kill:

- `current` can be read, and holds all tables as they were before, or all as they are after: never a mix;
- the next run succeeds, and where the killed one had switched already, there is nothing new for it;
- nothing is left of the killed run, and no segment that no snapshot needs.

After every few kills the tables must be those of a new warehouse over the same live files, and all segments whole. The seed is
told, and decides the changes and the moments, though not how far a run is at a moment. test_kill_small.py beside this file
makes some kills with every `make test`, and more where `.ci/run` runs the slow tests.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from tests.conftest import HEADERS, Census  # noqa: E402 (a script finds the project's root first)

ACCEPT = ("--accept", "orphans")
PLACES = ("371721101201", "371721101202", "371721102201", "371721102", "")
SHOPS, ORDERS = 30, 200
MOMENTS = ("any", "any", "work", "switch")
"""Of which part of a run the moment is drawn, in turn."""
ENDED = "too late: it had ended"
"""What is told of a run that was quicker than its killer; that is no kill."""


class World:
    """Deliveries of shops and orders. `live` are the contents that count, by path, whether their files are there or not."""

    def __init__(self, census: Census, chosen: random.Random) -> None:
        self.census, self.chosen, self.live = census, chosen, dict[str, str]()
        self.orders, self.files, self.clock = 0, 0, 0
        for _ in range(3):
            self._put(self._new_path("shops"), self._shops())
            self._put(self._new_path("transactions"), self._orders())

    def advance(self) -> tuple[str, ...]:
        """Makes a change, and gives the command that takes it in."""
        changes = (
            self._arrives, self._arrives, self._comes_late, self._comes_twice, self._is_corrected, self._goes, self._is_withdrawn
        )  # fmt: skip
        return self.chosen.choice(changes)() or ("run", *ACCEPT)

    def deliver_to(self, census: Census) -> None:
        """Delivers what is live to another census."""
        for path, content in self.live.items():
            census.deliver(path, content)

    def _arrives(self) -> None:
        table = self.chosen.choice(("shops", "transactions", "transactions"))
        self._put(self._new_path(table), self._shops() if table == "shops" else self._orders())

    def _comes_late(self) -> None:
        self._put(self._new_path("transactions"), self._orders(late=True))

    def _comes_twice(self) -> None:
        path = self.chosen.choice(sorted(self.live))
        copy = self._new_path(path.partition("/")[0])
        self.live[copy] = self.live[path]
        self.census.deliver(copy, self.live[path])

    def _is_corrected(self) -> None:
        path = self.chosen.choice(sorted(self.live))
        self._put(path, self._shops() if path.startswith("shops/") else self._orders(late=True))

    def _goes(self) -> None:
        if path := self._one_that_can_go():
            (self.census.raw / path).unlink()
        self._arrives()

    def _is_withdrawn(self) -> tuple[str, ...] | None:
        path = self._one_that_can_go()
        if path is None:
            return self._arrives()
        (self.census.raw / path).unlink()
        del self.live[path]
        return ("forget", path, *ACCEPT)

    def _one_that_can_go(self) -> str | None:
        there = [path for path in sorted(self.live) if (self.census.raw / path).exists()]
        return self.chosen.choice(there) if len(there) > 3 else None

    def _new_path(self, table: str) -> str:
        self.files += 1
        return f"{table}/{self.files}.csv"

    def _put(self, path: str, lines: list[str]) -> None:
        self.clock += 1
        self.live[path] = "\n".join([HEADERS[path.partition("/")[0]], *lines]) + "\n"
        self.census.deliver(path, self.live[path])

    def _shops(self) -> list[str]:
        observed = f"2015-01-01 00:{self.clock // 60:02}:{self.clock % 60:02}"
        shops = self.chosen.sample(range(1, SHOPS + 1), 12)
        return [self.census.shop(shop, self.chosen.choice(PLACES), recorded_at=observed) for shop in shops]

    def _orders(self, late: bool = False) -> list[str]:
        """New orders, or later versions of some that came before."""
        numbers = (
            self.chosen.sample(range(1, self.orders + 1), ORDERS // 2) if late else range(self.orders + 1, self.orders + ORDERS)
        )
        self.orders = max(self.orders, *numbers)
        observed = f"2021-01-01 00:{self.clock // 60:02}:{self.clock % 60:02}"
        return [
            self.census.order(
                number, self.chosen.randint(1, SHOPS), f"{self.chosen.randint(2017, 2020)}-{self.chosen.randint(1, 12)}-15",
                self.chosen.randint(0, 400_000), updated_at=observed, status=self.chosen.choice(("TRADE_FINISHED", "TRADE_CLOSED")),
            )
            for number in numbers
        ]  # fmt: skip


class Soak:
    """A warehouse whose runs are killed. `hits` counts how far they were."""

    def __init__(self, folder: Path, seed: int, fresh: int = 5) -> None:
        self.folder, self.fresh = folder, fresh
        self.chosen = random.Random(seed)
        self.census = Census(folder / "census")
        self.world = World(self.census, self.chosen)
        self.hits: Counter[str] = Counter()
        self.rounds = self.kills = self.compared = 0
        self.known: set[str] = set()  # snapshots that were there before the last start
        self.lasts: list[float] = []
        self.begins: list[float] = []
        self.switches: list[float] = []
        self._measure()

    def round(self) -> str:
        """A change, a kill, the checks; tells what was killed, and how far it was."""
        command = self.world.advance()
        self.census.variables["CENSUS_KEEP_SNAPSHOTS"] = self.chosen.choice("123")
        before, tables = self.census.current(), self.census.tables()
        moment = MOMENTS[self.rounds % len(MOMENTS)]
        hit = self._kill(command, moment)
        self.kills += hit != ENDED
        held, switched = self._read(), self.census.current() != before
        if switched and hit != ENDED:
            hit = "after the switch"
        self.rounds += 1
        self.hits[hit] += 1
        told = f"round {self.rounds}, kill {self.kills}: {command[0]}, moment {moment}, {hit}"
        assert switched or held == tables, f"{told}: current is as before, but not its tables"
        done = self._succeed(*(("run", *ACCEPT) if switched else command), "--json")
        after = self.census.tables()
        if switched:
            assert not json.loads(done)["published"], f"{told}: it had switched, but the next run found something new"
            assert held == after, f"{told}: it had switched to tables that are not those of the next run"
        self._is_tidy(told)
        if self.rounds % self.fresh == 0:
            self._is_as_new(told)
        return told

    def _measure(self) -> None:
        """Takes the times of an undisturbed run: its end, when it has the warehouse, from the new state to the switch."""
        begun = time.monotonic()
        with self._start("run", *ACCEPT) as process:
            self._wait(process, self._works)
            self.begins.append(time.monotonic() - begun)
            before = self.census.current()
            self._wait(process, self._state_is_written)
            written = time.monotonic()
            self._wait(process, lambda: self.census.current() != before)
            self.switches.append(time.monotonic() - written)
            process.communicate(timeout=60)
        self.lasts.append(time.monotonic() - begun)
        assert process.returncode == 0

    def _kill(self, command: tuple[str, ...], moment: str) -> str:
        """Starts the command and kills it; tells how far it was, if it had not switched."""
        lasts, begins, switch = (statistics.median(times[-5:]) for times in (self.lasts, self.begins, self.switches))
        begun = time.monotonic()
        with self._start(*command) as process:
            if moment == "work":
                self._wait(process, self._works)
            elif moment == "switch":
                self._wait(process, self._state_is_written)
            longest = {"any": lasts, "work": lasts - begins, "switch": 1.5 * switch}[moment]
            try:
                process.wait(self.chosen.uniform(0, longest))
                self.lasts.append(time.monotonic() - begun)
                hit = ENDED
            except subprocess.TimeoutExpired:
                hit = "before the switch" if self._works() else "before it had the warehouse"
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=60)
        assert process.returncode in (0, -signal.SIGKILL), process.returncode
        return hit

    def _start(self, *command: str) -> subprocess.Popen[str]:
        self.known = {path.parts[-3] for path in self._states()}
        return self.census.start(*command, in_a_group=True)

    @staticmethod
    def _wait(process: subprocess.Popen[str], until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not until() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.0005)

    def _works(self) -> bool:
        return (self.census.warehouse / "scratch").exists()

    def _state_is_written(self) -> bool:
        return any(path.parts[-3] not in self.known for path in self._states())

    def _read(self) -> dict[str, bytes]:
        """The tables of the current snapshot, which must be whole: its database shows all that its files hold."""
        current = (self.census.warehouse / "current").resolve(strict=True)
        with duckdb.connect(current / "census.duckdb", read_only=True) as con:
            views = con.sql("select view_name from duckdb_views() where not internal").fetchall()
            assert len(views) > 10
            for (view,) in views:
                con.sql(f'select count(columns(*)) from "{view}"').fetchall()
        return self.census.tables()

    def _succeed(self, *command: str) -> str:
        done = self.census(*command)
        assert done.status == 0, f"round {self.rounds + 1}: {' '.join(command)}: status {done.status}\n{done.said}"
        return done.out

    def _is_tidy(self, told: str) -> None:
        """After a run that published nothing is left; one with nothing new leaves it to `census gc`."""
        self._succeed("gc")
        warehouse = self.census.warehouse
        kept = {path.parts[-3] for path in self._states()}
        assert kept == {path.name for path in (warehouse / "snapshots").iterdir()}, f"{told}: a half snapshot was left"
        assert self.census.current() in kept
        assert len(kept) <= int(self.census.variables["CENSUS_KEEP_SNAPSHOTS"]), told
        known = {
            "current",
            "fold",
            "lock",
            "packs",
            "seen.json",
            "segments",
            "snapshots",
        }  # a fold is kept until the next publication
        left = {path.name for path in warehouse.iterdir()} - known
        assert not left, f"{told}: {left} was left"
        assert not list(warehouse.glob("segments/.*")), f"{told}: a half segment was left"

    def _states(self) -> list[Path]:
        return list(self.census.warehouse.glob("snapshots/*/_state/state.json"))

    def _is_as_new(self, told: str) -> None:
        """A census of its own over the live files publishes the same, and all segments are whole."""
        other = Census(self.folder / "fresh")
        self.world.deliver_to(other)
        other.run(*ACCEPT, "--json")
        mine, fresh = self.census.tables(), other.tables()
        differing = sorted(name for name in mine.keys() | fresh.keys() if mine.get(name) != fresh.get(name))
        assert not differing, f"{told}: {', '.join(differing)} differ from those of a new warehouse"
        assert self.census.published("source_file") == other.published("source_file"), f"{told}: source_file differs"
        self._succeed("check")
        shutil.rmtree(other.folder)
        self.compared += 1


def soak(folder: Path, kills: int, seed: int, fresh: int = 5, say: Callable[[str], Any] = print) -> Soak:
    """Makes so many kills in a folder. Raises AssertionError where something is lost or half."""
    say(f"seed {seed}")
    begun, it = time.monotonic(), Soak(folder, seed, fresh)
    while it.kills < kills:
        say(it.round())
    hits = ", ".join(f"{count} {hit}" for hit, count in sorted(it.hits.items()))
    say(
        f"{it.kills} kills in {it.rounds} rounds ({hits}), {it.compared} times compared with a new warehouse, {time.monotonic() - begun:.0f} s: all is well"
    )
    return it


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="how often a run is killed [200]")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="decides changes and moments [random]")
    parser.add_argument("--fresh", type=int, default=5, help="compare with a new warehouse after every so many kills [5]")
    parser.add_argument("--folder", type=Path, help="where the world lies; it stays there [a temporary folder]")
    options = parser.parse_args()
    if options.folder:
        soak(options.folder.resolve(), options.kills, options.seed, options.fresh)
        return
    with tempfile.TemporaryDirectory(prefix="census-soak-") as folder:
        soak(Path(folder), options.kills, options.seed, options.fresh)


if __name__ == "__main__":
    main()
