"""Snapshots: one atomic switch, the newest N kept, the leavings of a killed run swept away. Contract 5, beginning."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.ledger import State, StateLost
from flows.publish import Snapshots

if TYPE_CHECKING:
    from tests.conftest import Census

NOW = datetime(2019, 5, 6, 7, 8, 9, tzinfo=UTC)


def commit(snapshots: Snapshots, seconds: int, keep: int = 10, **live: str) -> Path:
    """Makes and commits a snapshot with one table."""
    snapshot = snapshots.begin(NOW + timedelta(seconds=seconds))
    (snapshot / "table.parquet").write_text(str(seconds))
    snapshots.commit(snapshot, State(live), keep)
    snapshots.sweep(keep)
    return snapshot


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    return Snapshots(tmp_path)


def there(snapshots: Snapshots) -> list[str]:
    """The names of all snapshots."""
    return sorted(path.name for path in snapshots.folder.iterdir())


class TestSwitch:
    def test_a_new_warehouse_has_none(self, snapshots: Snapshots) -> None:
        assert (snapshots.current(), snapshots.state()) == (None, State())

    def test_current_is_the_one_committed_last(self, snapshots: Snapshots) -> None:
        one = commit(snapshots, 0, a="s1")
        assert (snapshots.current(), snapshots.state().live) == (one, {"a": "s1"})
        two = commit(snapshots, 1, b="s2")
        assert (snapshots.current(), snapshots.state().live) == (two, {"b": "s2"})
        assert (snapshots.link / "table.parquet").read_text() == "1"

    def test_a_snapshot_that_is_not_committed_is_not_current(self, snapshots: Snapshots) -> None:
        one = commit(snapshots, 0)
        snapshots.begin(NOW + timedelta(seconds=1))
        assert snapshots.current() == one

    def test_names_are_times_and_unique(self, snapshots: Snapshots) -> None:
        names = [snapshots.begin(NOW).name for _ in range(3)]
        assert names[0] == "20190506T070809Z"
        assert len(set(names)) == 3

    def test_a_name_is_not_given_again_within_its_second(self, snapshots: Snapshots) -> None:
        """A reader may still have the first one open, whose folder is gone."""
        names = [commit(snapshots, 0, keep=1).name for _ in range(4)]
        assert names == ["20190506T070809Z", "20190506T070809Z-2", "20190506T070809Z-3", "20190506T070809Z-4"]

    def test_a_reader_that_has_opened_files_keeps_a_consistent_view(self, snapshots: Snapshots) -> None:
        commit(snapshots, 0)
        with (snapshots.link / "table.parquet").open() as opened:
            commit(snapshots, 1, keep=1)
            assert opened.read() == "0"
        folder = os.open(snapshots.link, os.O_RDONLY)
        commit(snapshots, 2, keep=2)
        with open(os.open("table.parquet", os.O_RDONLY, dir_fd=folder)) as opened:
            assert opened.read() == "1"
        os.close(folder)

    def test_there_is_never_a_moment_without_current(self, snapshots: Snapshots) -> None:
        import threading

        commit(snapshots, 0)
        seen, stop = set(), threading.Event()

        def watch() -> None:
            while not stop.is_set():
                seen.add((snapshots.link / "_state" / "state.json").resolve(strict=True).parts[-3])

        watcher = threading.Thread(target=watch)
        watcher.start()
        for i in range(1, 20):
            commit(snapshots, i)
        stop.set()
        watcher.join()
        assert seen <= {f"20190506T0708{9 + i:02}Z" for i in range(20)}
        assert seen

    def test_a_warehouse_can_be_moved(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.lines("transactions/a.csv", census.order(1, 1, "2019-01-01", 5))
        census.run()
        census.warehouse = census.warehouse.rename(census.folder / "moved")
        assert [row["sales"] for row in census.published("shop_year")] == [5]
        assert "Nothing new" in census.run().out


class TestKeeping:
    def test_the_newest_are_kept_the_current_one_included(self, snapshots: Snapshots) -> None:
        made = [commit(snapshots, i, keep=3).name for i in range(5)]
        assert there(snapshots) == made[2:]

    def test_one_is_kept_at_least(self, snapshots: Snapshots) -> None:
        commit(snapshots, 0)
        last = commit(snapshots, 1, keep=1)
        assert there(snapshots) == [last.name]

    def test_the_current_one_is_kept_although_the_clock_went_back(self, snapshots: Snapshots) -> None:
        for i in range(3):
            commit(snapshots, 100 + i, keep=2)
        old = commit(snapshots, 0, keep=2)
        assert snapshots.current() == old
        assert (snapshots.link / "table.parquet").read_text() == "0"

    def test_their_order_is_that_of_the_switches_whatever_the_clock_tells(self, snapshots: Snapshots) -> None:
        made = [commit(snapshots, seconds, keep=4).name for seconds in (100, 101, 0, 0, 101, 0)]
        assert len(set(made)) == len(made)
        assert [*snapshots.state().earlier[-3:], made[-1]] == made[2:]
        assert there(snapshots) == sorted(made[2:])

    def test_the_setting(self, census: Census) -> None:
        for i in range(2):
            census.lines(f"shops/{i}.csv", census.shop(i + 1))
            census.run(keep_snapshots="1")
        assert len(list(census.warehouse.glob("snapshots/*"))) == 1
        census.lines("shops/5.csv", census.shop(5))
        assert census("run", keep_snapshots="0").status == 2


class TestSweeping:
    def test_what_a_killed_run_left_is_removed(self, snapshots: Snapshots) -> None:
        one = commit(snapshots, 0)
        left = snapshots.begin(NOW + timedelta(seconds=1))
        (left / "table.parquet").write_text("half")
        snapshots.sweep(10)
        assert there(snapshots) == [one.name]

    def test_so_is_a_whole_one_that_current_was_never_switched_to(self, snapshots: Snapshots) -> None:
        one = commit(snapshots, 0)
        left = snapshots.begin(NOW + timedelta(seconds=1))
        State().save(left / "_state" / "state.json")
        snapshots.sweep(10)
        assert there(snapshots) == [one.name]

    def test_what_is_not_its_own_is_left_alone(self, snapshots: Snapshots) -> None:
        commit(snapshots, 0)
        (snapshots.folder / "notes").mkdir()
        (snapshots.folder / "20190506").mkdir()
        snapshots.sweep(1)
        assert {"notes", "20190506"} <= set(there(snapshots))

    def test_a_run_sweeps_everything_that_a_killed_one_leaves(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.run()
        before = {path.relative_to(census.warehouse).parts[0] for path in census.warehouse.rglob("*")}
        left = census.warehouse / "snapshots" / "20190506T070809Z" / "_state"
        left.mkdir(parents=True)
        (census.warehouse / "scratch" / "reader-1").mkdir(parents=True)
        (census.warehouse / "scratch" / "reader-1" / "unpacked").write_text("x")
        (census.warehouse / "current.new").symlink_to("snapshots/20190506T070809Z")
        (census.warehouse / "segments" / ".building-reader-1").mkdir()
        (census.warehouse / "seen.new").write_text("half")
        census.lines("shops/b.csv", census.shop(2))
        census.run()
        assert not left.exists()
        assert {path.relative_to(census.warehouse).parts[0] for path in census.warehouse.rglob("*")} == before
        assert not list(census.warehouse.glob("segments/.*"))


class TestLost:
    """Where it cannot be told what is current, or what it needs, nothing is swept: an empty state would let go of all."""

    @pytest.mark.parametrize("content", [None, "", "{", "null", '{"live": {}, "of a later version": 1}'])
    def test_the_state_of_the_current_one(self, snapshots: Snapshots, content: str | None) -> None:
        one, two = commit(snapshots, 0, a="s1"), commit(snapshots, 1, a="s1", b="s2")
        state = two / "_state" / "state.json"
        state.write_text(content) if content is not None else state.unlink()
        for ask in (snapshots.state, lambda: snapshots.sweep(1), lambda: snapshots.segments(10)):
            with pytest.raises(StateLost, match=f"ln -sfn snapshots/{one.name} ") as told:
                ask()
        assert str(state) in str(told.value)
        assert there(snapshots) == [one.name, two.name]

    def test_the_way_out_that_is_told(self, snapshots: Snapshots) -> None:
        one, two = commit(snapshots, 0, a="s1"), commit(snapshots, 1)
        (two / "_state" / "state.json").unlink()
        with pytest.raises(StateLost) as told:
            snapshots.state()
        subprocess.run(["sh", "-c", str(told.value).partition("snapshot: ")[2].rstrip(".")], check=True)
        assert (snapshots.current(), snapshots.state().live) == (one, {"a": "s1"})

    @pytest.mark.parametrize("made", [2, 3])
    def test_the_link(self, snapshots: Snapshots, made: int) -> None:
        names = [commit(snapshots, i, a=f"s{i}").name for i in range(made)]
        snapshots.link.unlink()
        with pytest.raises(StateLost, match="is not there") as told:
            snapshots.sweep(1)
        assert there(snapshots) == names
        subprocess.run(["sh", "-c", str(told.value).partition("newest: ")[2].rstrip(".")], check=True)
        assert snapshots.state().live == {"a": f"s{made - 1}"}

    def test_a_copy_that_followed_the_link(self, snapshots: Snapshots) -> None:
        name = commit(snapshots, 0).name
        snapshots.link.unlink()
        snapshots.link.mkdir()
        with pytest.raises(StateLost, match=f"Move {snapshots.link} away; then: ln -s snapshots/{name} "):
            snapshots.state()

    def test_a_run_says_so_and_changes_nothing(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.run()
        state = census.warehouse / "current" / "_state" / "state.json"
        content = state.read_text()
        state.unlink()
        census.lines("shops/a.csv", census.shop(2)).rename(census.raw / "shops" / "b.csv")
        for command in ("run", "status", "check", "gc"):
            done = census(command)
            assert (done.status, "Traceback" in done.err) == (1, False), command
            assert "state.json is not there" in done.err
            assert "from a copy of the warehouse" in done.err
        state.write_text(content)
        assert "1 arrived" in census.run().out
        assert len(json.loads(census("status", "--json").out)["live"]) == 2
