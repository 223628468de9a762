"""A run that dies, disks that are full or read-only, files that change: nothing is lost, nothing is half. Contract 6."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from flows.engine import ROOT
from flows.ledger import Delivery, find

if TYPE_CHECKING:
    from tests.conftest import Census, Done

SHOPS = 40


def deliver(census: Census, part: int, orders: int = 2_500) -> None:
    """Delivers a part of a world: orders of one shop in four, some of which the parts before had in older versions."""
    census.lines(f"shops/{part}.csv", *(census.shop(1 + i, "371721101201") for i in range(part, SHOPS, 4)))
    lines = [
        census.order(i, 1 + i % SHOPS, f"20{17 + i % 4}-0{1 + i % 9}-15", i % 997, updated_at=f"2021-01-{10 + part}")
        for i in range(1 + part * 500, 1 + part * 500 + orders)
    ]
    census.lines(f"transactions/{part}.csv", *lines)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, shared_census: Census) -> dict[str, bytes]:
    """The tables of parts 0 and 1, taken by one undisturbed run."""
    census = type(shared_census)(tmp_path_factory.mktemp("expected") / "census")
    deliver(census, 0)
    deliver(census, 1)
    census.run("--accept", "orphans")
    return census.tables()


@pytest.fixture
def prepared(census: Census) -> Census:
    """A census of part 0, to which part 1 was delivered since."""
    deliver(census, 0)
    census.run("--accept", "orphans")
    deliver(census, 1)
    shutil.copytree(census.warehouse, census.folder / "before", symlinks=True)
    return census


def restore(census: Census) -> None:
    """Puts the warehouse back to what it was before part 1."""
    shutil.rmtree(census.warehouse)
    shutil.copytree(census.folder / "before", census.warehouse, symlinks=True)


def unharmed(census: Census, before: str | None, tables: dict[str, bytes], expected: dict[str, bytes]) -> None:
    """Current is unchanged or wholly new; the next run gives what an undisturbed one gives, and sweeps all else away."""
    found = census.current()
    assert census.tables() == (tables if found == before else expected)
    census.run("--accept", "orphans")
    assert census.tables() == expected
    assert {path.name for path in census.warehouse.glob("snapshots/*")} <= {before, found, census.current()}
    assert not list(census.warehouse.glob("scratch/*"))
    assert not list(census.warehouse.glob("segments/.*"))


RUN = ("run", "--accept", "orphans")

# Runs the command, and ends the process at once before the Nth change of the file system; tells which switched `current`.
DIES = """
import os, sys
calls, last, switch = 0, int(sys.argv.pop(1)), 0
def counted(change):
    def call(*arguments, **options):
        global calls, switch
        calls += 1
        if calls == last:
            os.kill(os.getpid(), 9)
        if str(arguments[-1]).endswith("/current"):
            switch = calls
        return change(*arguments, **options)
    return call
for name in ("replace", "rename", "symlink", "mkdir", "unlink", "rmdir", "fsync"):
    setattr(os, name, counted(getattr(os, name)))
from flows.cli import main
try:
    main()
finally:
    print("switch:", switch)
"""


def dying(census: Census, last: int) -> subprocess.CompletedProcess[str]:
    """A run that dies before its Nth change of the file system."""
    return subprocess.run(
        [sys.executable, "-c", DIES, str(last), *RUN],
        cwd=census.folder,
        env=os.environ | census.environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class TestKilled:
    """A run that dies at any moment leaves `current` as it was, and the next run succeeds. At random moments: tests/soak."""

    def test_before_and_after_the_switch(self, prepared: Census, expected: dict[str, bytes]) -> None:
        before, tables = prepared.current(), prepared.tables()
        whole = dying(prepared, 0)
        assert whole.returncode == 0, whole.stderr
        switch = int(whole.stdout.rpartition("switch: ")[2])
        assert switch > 20
        for last, switched in ((switch, False), (switch + 1, True)):
            restore(prepared)
            assert dying(prepared, last).returncode == -signal.SIGKILL, last
            assert (prepared.current() != before) == switched, (last, switch)
            unharmed(prepared, before, tables, expected)

    def test_in_a_new_warehouse(self, census: Census, expected: dict[str, bytes]) -> None:
        deliver(census, 0)
        deliver(census, 1)
        for last in (3, 30):
            assert dying(census, last).returncode == -signal.SIGKILL
            assert census.current() is None
            assert census("status").status == 0
        census.run("--accept", "orphans")
        assert census.tables() == expected

    @pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
    def test_interrupted(self, prepared: Census, expected: dict[str, bytes], sent: signal.Signals) -> None:
        before, tables = prepared.current(), prepared.tables()
        with prepared.start(*RUN) as process:
            deadline = time.monotonic() + 60
            while not list(prepared.warehouse.glob("scratch/reader-*")) and time.monotonic() < deadline:
                time.sleep(0.002)  # it reads
            process.send_signal(sent)
            _, err = process.communicate(timeout=60)
        if sent == signal.SIGINT:
            assert (process.returncode, "Traceback" in err) == (1, False)
            assert "nothing changed" in err
        assert process.returncode != 0
        unharmed(prepared, before, tables, expected)


class TestTwoAtOnce:
    def test_both_publish_or_one_is_locked_out(self, prepared: Census, expected: dict[str, bytes]) -> None:
        processes = [prepared.start(*RUN) for _ in range(2)]
        for process in processes:
            process.communicate(timeout=120)
        assert sorted(process.returncode for process in processes) in ([0, 0], [0, 4])
        assert prepared.tables() == expected

    def test_what_is_open_shows_the_snapshot_that_it_has(self, prepared: Census) -> None:
        current = (prepared.warehouse / "current").resolve()
        path = next(current.glob("shop_year/year=2018/*.parquet"))
        content = path.read_bytes()
        sums = (
            "select (select sum(sales) from c.shop_year), (select sum(sales) from c.village_status), (select run_id from c.run)"
        )
        with path.open("rb") as opened, duckdb.connect() as con:
            con.execute(f"attach '{current}/census.duckdb' as c (read_only)")
            before = con.sql(sums).fetchall()
            prepared.run("--accept", "orphans")
            assert con.sql(sums).fetchall() == before
            prepared.lines("shops/new.csv", prepared.shop(900))
            prepared.run("--accept", "orphans", keep_snapshots="1")
            assert not current.exists()
            assert opened.read() == content
            with suppress(duckdb.IOException):  # what it had not opened yet is gone, and it says so: nothing of another snapshot
                assert con.sql(sums).fetchall() == before

    def test_a_reader_beside_a_run(self, prepared: Census) -> None:
        with prepared.start(*RUN) as process:
            seen = set()
            while process.poll() is None:
                done = prepared("sql", "select sum(transactions) as n from shop_year", "--json")
                assert done.status == 0
                seen.add(done.out)
            process.communicate()
        assert process.returncode == 0
        seen.add(prepared("sql", "select sum(transactions) as n from shop_year", "--json").out)
        assert len(seen) == 2  # before and after, nothing between


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[bool]:
    """A file system of its own at a folder; tells whether it could be made."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = (
        os.geteuid() == 0 and shutil.which("mount") and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )
    try:
        yield bool(done)
    finally:
        if done:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def limited(census: Census, bytes_of_a_file: int) -> Done:
    """Runs the command where no file may grow beyond a size."""
    import resource

    command = [sys.executable, "-c", "from flows.cli import main; main()", *RUN]
    done = subprocess.run(
        command,
        cwd=census.folder,
        env=os.environ | census.environment | {"PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_of_a_file, bytes_of_a_file)),
        capture_output=True,
        text=True,
        check=False,
    )
    return type(census("status"))(done.returncode, done.stdout, done.stderr)


class TestFullDisk:
    """A full disk gives a clear message and changes nothing; with room again, the next run succeeds."""

    def clear(self, done: Done) -> None:
        assert done.status == 1
        assert "Traceback" not in done.err
        assert any(line.startswith("census: ") for line in done.err.splitlines())  # after lines of progress on a slow disk
        assert any(words in done.err for words in ("No space left", "File too large", "Could not write", "disk"))

    @pytest.mark.parametrize("left", [0, 300_000])
    def test_the_warehouse(self, census: Census, expected: dict[str, bytes], left: int) -> None:
        census.warehouse.mkdir()
        with mounted(census.warehouse, "24m") as small:
            deliver(census, 0)
            census.run("--accept", "orphans")
            before, tables = census.current(), census.tables()
            deliver(census, 1)
            filler = census.warehouse / "filler"
            if small:
                free = shutil.disk_usage(census.warehouse).free
                filler.write_bytes(b"\0" * max(0, free - left))
                done = census.alone(*RUN)
            else:
                filler.touch()
                done = limited(census, left // 100)
            self.clear(done)
            assert (census.current(), census.tables()) == (before, tables)
            (census.warehouse / "lock").unlink()
            assert census("gc").status == 0  # to make room, none is needed
            filler.unlink()
            census.run("--accept", "orphans")
            assert census.tables() == expected

    def test_a_file_that_may_not_grow(self, prepared: Census, expected: dict[str, bytes]) -> None:
        before, tables = prepared.current(), prepared.tables()
        for limit in (1_000, 20_000):
            self.clear(limited(prepared, limit))
            assert (prepared.current(), prepared.tables()) == (before, tables)
        unharmed(prepared, before, tables, expected)


class TestReadOnly:
    @pytest.fixture
    def locked(self, census: Census) -> Iterator[tuple[Census, Callable[[], None]]]:
        """A census whose warehouse can be read and not written, and what makes it writable again."""
        census.warehouse.mkdir()
        with mounted(census.warehouse, "24m") as own:
            deliver(census, 0, 50)
            census.run("--accept", "orphans")
            census.lines("shops/new.csv", census.shop(900))

            def make(writable: bool) -> None:
                if own:
                    subprocess.run(["mount", "-o", f"remount,{'rw' if writable else 'ro'}", str(census.warehouse)], check=True)
                else:
                    for path in [census.warehouse, *census.warehouse.rglob("*")]:
                        if not path.is_symlink():
                            path.chmod((0o755 if writable else 0o555) if path.is_dir() else 0o644 if writable else 0o444)

            make(False)
            yield census, lambda: make(True)
            make(True)

    def test_a_run_says_so_and_changes_nothing(self, locked: tuple[Census, Callable[[], None]]) -> None:
        census, unlock = locked
        before, tables = census.current(), census.tables()
        done = census.alone(*RUN)
        assert done.status == 1
        assert "Traceback" not in done.err
        assert any(words in done.err for words in ("Read-only", "Permission denied"))
        assert str(census.warehouse) in done.err
        assert (census.current(), census.tables()) == (before, tables)
        unlock()
        assert "1 arrived" in census.run("--accept", "orphans").out

    def test_looking_needs_no_rights(self, locked: tuple[Census, Callable[[], None]]) -> None:
        census, _ = locked
        for arguments in (["status"], ["show", "headline"], ["sql", "select count(*) from shop_year"], ["check"]):
            assert census(*arguments).status == 0, arguments


class TestFilesThatMove:
    def test_a_file_that_changes_while_it_is_read(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5))
        census.run()
        before = census.current()
        growing = census.lines("transactions/b.csv", *(census.order(i, 1, "2019-05-01", 5) for i in range(2, 20_000)))
        stop = threading.Event()

        def write() -> None:
            with growing.open("a") as file:
                while not stop.is_set():
                    file.write("\n")
                    file.flush()
                    time.sleep(0.001)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            done = census.alone("run")
        finally:
            stop.set()
            writer.join()
        assert (done.status, census.current()) == (1, before)
        assert "transactions/b.csv" in done.err
        assert "changed while it was read" in done.err
        assert ".part" in done.err
        assert "Traceback" not in done.err
        census.run()
        assert [row["transactions"] for row in census.published("shop_year")] == [19_999]

    def test_a_file_that_goes_before_it_is_read(self, census: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        census.lines("shops/a.csv", census.shop(1))
        gone = census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5))

        def find_and_lose(raw: Path) -> Delivery:
            delivery = find(raw)
            gone.unlink()
            return delivery

        monkeypatch.setattr("flows.ledger.storage.find", find_and_lose)
        done = census("run")
        assert (done.status, census.current()) == (1, None)
        assert "transactions/a.csv is gone since this run found it" in done.err
        assert "Traceback" not in done.err

    def test_a_raw_folder_that_goes_before_it_is_read(self, census: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.run()
        before = census.current()
        census.lines("shops/b.csv", census.shop(2))

        def find_and_lose(raw: Path) -> Delivery:
            delivery = find(raw)
            raw.rename(census.folder / "away")
            return delivery

        with monkeypatch.context() as patch:
            patch.setattr("flows.ledger.storage.find", find_and_lose)
            done = census("run")
        assert (done.status, census.current()) == (1, before)
        assert ".csv is gone since this run found it" in done.err
        (census.folder / "away").rename(census.raw)
        assert "1 arrived" in census.run().out


class TestClockSetBack:
    """Nothing depends on the clock's going forward: snapshots are ordered by their switches, files known by their content."""

    @staticmethod
    def set_to(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return now.astimezone(tz)

        monkeypatch.setattr("flows.census.datetime", Clock)

    def test_by_years(self, census: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        made = []
        for i, year in enumerate((2026, 2024, 2024)):
            self.set_to(datetime(year, 1, 1, tzinfo=UTC), monkeypatch)
            census.lines(f"shops/{i}.csv", census.shop(1 + i))
            assert "1 arrived" in census.run(keep_snapshots="2").out
            made.append(census.current())
        assert made == ["20260101T000000Z", "20240101T000000Z", "20240101T000000Z-2"]
        assert json.loads(census("status", "--json").out)["snapshots"] == made[1:]
        assert {path.name for path in census.warehouse.glob("snapshots/*")} == set(made[1:])

    def test_to_before_the_records(self, census: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5))
        census.run()
        before = census.current()
        census.lines("shops/b.csv", census.shop(2))
        with monkeypatch.context() as patch:
            self.set_to(datetime(1970, 1, 1, tzinfo=UTC), patch)
            done = census("run")
        assert (done.status, census.current()) == (3, before)
        assert "future" in done.out
        census.run()
