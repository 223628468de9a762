"""Segments that are damaged: told, made again from the files that are there, else refused clearly. Nothing else changes."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.intake import Segments

if TYPE_CHECKING:
    from tests.conftest import Census

ORDERS, NEW = "transactions/a.csv", "shops/new.csv"


@pytest.fixture(scope="module")
def once(shared_census: Census) -> Census:
    """A census of a shop and its orders."""
    shared_census.lines("shops/a.csv", shared_census.shop(1, "371721101201"))
    shared_census.lines(ORDERS, *(shared_census.order(i, 1, "2019-05-01", 5) for i in range(1, 50)), "spoilt")
    shared_census.run("--accept", "quarantine")
    return shared_census


@pytest.fixture
def taken(once: Census, census: Census) -> Census:
    """A copy of it, to which a shop was delivered since."""
    shutil.copytree(once.folder, census.folder, symlinks=True, dirs_exist_ok=True)
    census.lines(NEW, census.shop(2, "371721101201"))
    return census


def segment(census: Census) -> Path:
    """The segment of the orders."""
    (folder,) = census.warehouse.glob("segments/transactions-*")
    return folder


def shorten(folder: Path) -> None:
    (folder / "rows-1.parquet").write_bytes(b"PAR1")


def spoil_end(folder: Path) -> None:
    """Spoils what a reader of Parquet reads first; the size stays."""
    for path in folder.glob("*.parquet"):
        content = path.read_bytes()
        path.write_bytes(content[:-8] + b"\xff" * 8)


def spoil_value(folder: Path) -> None:
    """Changes a value, so that the file still reads."""
    path = folder / "months.parquet"
    content = bytearray(path.read_bytes())
    content[content.find(b"\x15") + 40] ^= 1
    path.write_bytes(content)


class TestTheFileIsThere:
    @pytest.mark.parametrize("damage", [shorten, spoil_end])
    def test_a_run_makes_it_again(self, taken: Census, new_census, damage) -> None:
        damage(segment(taken))
        done = taken.run("--accept", "quarantine")
        assert f"made again from the files: {ORDERS}" in done.out
        assert [row["transactions"] for row in taken.published("shop_year")] == [49]
        assert taken("check").status == 0
        shutil.copytree(taken.raw, (other := new_census()).raw, dirs_exist_ok=True)
        other.run("--accept", "quarantine")
        assert taken.tables() == other.tables()

    def test_also_where_nothing_is_new(self, taken: Census) -> None:
        (taken.raw / NEW).unlink()
        shorten(segment(taken))
        done = taken.run()
        assert "Nothing new" in done.out
        assert ORDERS in done.out
        assert taken("check").status == 0

    def test_a_rebuild_compares_the_contents(self, taken: Census) -> None:
        taken.run("--accept", "quarantine")
        spoil_value(segment(taken))
        assert "Nothing new" in taken.run().out  # a look does not tell
        done = taken.run("--rebuild", "--json")
        assert json.loads(done.out)["remade"] == [ORDERS]
        assert taken("check").status == 0

    def test_a_disk_that_damages_what_was_just_written(self, taken: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        before, tables = taken.current(), taken.tables()
        monkeypatch.setattr("flows.intake.segments.wrong_content", lambda folder, files: "rows-0.parquet is not what was written")
        done = taken("run", "--rebuild")
        assert (done.status, taken.current(), taken.tables()) == (1, before, tables)
        assert "just after they were made" in done.err
        assert str(taken.warehouse) in done.err
        assert "Traceback" not in done.err


class TestTheFileIsGone:
    @pytest.mark.parametrize("damage", [shorten, spoil_end])
    def test_a_run_says_so_and_changes_nothing(self, taken: Census, damage) -> None:
        content = (taken.raw / ORDERS).read_bytes()
        (taken.raw / ORDERS).unlink()
        whole = taken.folder / "copy"
        shutil.copytree(segment(taken), whole)
        damage(segment(taken))
        before, tables = taken.current(), taken.tables()
        done = taken("run")
        assert (done.status, taken.current(), taken.tables()) == (1, before, tables)
        assert "Traceback" not in done.err
        for told in (ORDERS, segment(taken).name, "Deliver the file again", "census forget", "Nothing changed"):
            assert told in done.err
        if damage is shorten:  # each of the three ways out
            taken.deliver(ORDERS, content)
        else:
            shutil.rmtree(segment(taken))
            shutil.copytree(whole, taken.warehouse / "segments" / done.err.partition("segments/")[2].partition(":")[0])
        taken.run("--accept", "quarantine")
        assert [row["transactions"] for row in taken.published("shop_year")] == [49]

    def test_its_records_can_be_withdrawn(self, taken: Census) -> None:
        (taken.raw / ORDERS).unlink()
        spoil_end(segment(taken))
        assert taken("forget", ORDERS).status == 0
        assert taken.published("shop_year") == []

    def test_a_copy_under_another_name_is_as_good(self, taken: Census) -> None:
        (taken.raw / ORDERS).rename(taken.raw / "transactions/copy.csv")
        spoil_end(segment(taken))
        taken.run("--accept", "quarantine")
        assert [row["transactions"] for row in taken.published("shop_year")] == [49]


class TestCheck:
    def test_all_are_whole(self, taken: Census) -> None:
        done = taken("check")
        assert (done.status, done.err) == (0, "")
        assert "Read 2 segments of 2 live files" in done.out
        assert "all are whole" in done.out

    def test_what_is_damaged(self, taken: Census) -> None:
        spoil_value(segment(taken))
        done = taken("check")
        assert done.status == 1
        assert "census run --rebuild" in done.out
        assert f"{ORDERS}: months.parquet is not what was written" in done.out
        (taken.raw / ORDERS).unlink()
        gone = taken("check")
        assert gone.status == 1
        assert "census forget" in gone.out
        told = json.loads(taken("check", "--json").out)
        assert (list(told["damaged"]), told["there"]) == ([ORDERS], [])

    def test_without_a_warehouse_or_a_raw_folder(self, taken: Census) -> None:
        shutil.rmtree(taken.raw)
        assert taken("check").status == 0
        shutil.rmtree(taken.warehouse)
        assert "Read 0 segments" in taken("check").out
        assert not taken.warehouse.exists()

    def test_segments_without_checksums_are_used(self, taken: Census) -> None:
        for path in taken.warehouse.glob("segments/*/segment.json"):
            told = json.loads(path.read_text(encoding="utf-8"))
            del told["files"], told["checksum"]
            path.write_text(json.dumps(told), encoding="utf-8")
        (taken.raw / ORDERS).unlink()
        taken.run("--accept", "quarantine")
        assert [row["transactions"] for row in taken.published("shop_year")] == [49]
        assert "2 of them have no checksums" in taken("check").out


def test_segments_are_durable_before_the_switch(taken: Census, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(segments: Segments, names: set[str]) -> None:
        assert [name.partition("-")[0] for name in names] == ["shops"]  # those that are new
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(segments.folder))

    before, tables = taken.current(), taken.tables()
    with monkeypatch.context() as patch:
        patch.setattr(Segments, "settle", fail)
        done = taken("run", "--accept", "quarantine")
    assert (done.status, taken.current(), taken.tables()) == (1, before, tables)
    assert "Input/output error" in done.err
    assert "Traceback" not in done.err
    assert "1 arrived" in taken.run("--accept", "quarantine").out
