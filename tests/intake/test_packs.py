"""Packs hold the orders of many small segments, and count only where all of these do. Design, "Segment upkeep"."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from flows.engine import connect
from flows.intake import OrderContent
from flows.intake.packs import Packs

if TYPE_CHECKING:
    from tests.conftest import Reader


class Packing:
    """Forty small contents of an order each, ids descending, and the packs of them."""

    def __init__(self, reader: Reader, folder: Path) -> None:
        self.folder = folder
        self.contents = []
        for i in range(40, 0, -1):
            read = reader.csv("transactions", f"{i},1,2019-05-01,{i},,TRADE_FINISHED,2019-06-01")
            rows = tuple(read.folder.glob("rows-*.parquet"))
            self.contents.append(OrderContent(read.segment.name, rows, None, 1, read.segment.newest))
        self.packs = Packs(folder / "packs")

    def tend(self, contents: list[OrderContent]) -> int:
        with connect("1GiB", 1, self.folder) as con:
            return self.packs.tend(con, contents)

    def ids(self, contents: list[OrderContent]) -> list[int]:
        """The ids of the orders that are read for contents."""
        return [row["transaction_id"] for path in self.packs.rows(contents) for row in pq.read_table(path).to_pylist()]

    def files(self) -> list[Path]:
        return sorted(self.packs.folder.rglob("rows.parquet"))


@pytest.fixture
def packing(reader: Reader, tmp_path: Path) -> Packing:
    return Packing(reader, tmp_path)


def test_few_segments_are_left_alone(packing: Packing) -> None:
    assert packing.tend(packing.contents[:31]) == 0
    assert packing.files() == []
    assert len(packing.packs.rows(packing.contents)) == 40


def test_many_small_segments_are_packed_in_the_order_of_ids(packing: Packing) -> None:
    assert packing.tend(packing.contents) == 40
    assert packing.ids(packing.contents) == list(range(1, 41))
    assert packing.packs.rows(packing.contents) == tuple(packing.files())


def test_what_is_packed_is_not_packed_again(packing: Packing) -> None:
    packing.tend(packing.contents[:35])
    assert packing.tend(packing.contents) == 0
    assert (len(packing.files()), len(packing.packs.rows(packing.contents))) == (1, 6)
    assert sorted(packing.ids(packing.contents)) == list(range(1, 41))


def test_large_segments_are_not_packed(packing: Packing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.intake.packs._SMALL", 1)
    assert packing.tend(packing.contents) == 0


def test_a_pack_does_not_grow_without_end(packing: Packing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.intake.packs._LARGE", 10)
    monkeypatch.setattr("flows.intake.packs._FEW", 10)
    assert packing.tend(packing.contents) == 40
    assert [pq.read_metadata(path).num_rows for path in packing.files()] == [10] * 4


def test_a_pack_counts_only_where_all_of_its_segments_do(packing: Packing) -> None:
    packing.tend(packing.contents)
    assert sorted(packing.ids(packing.contents[1:])) == list(range(1, 40))
    assert packing.packs.rows(packing.contents[1:]) == tuple(path for c in packing.contents[1:] for path in c.rows)
    packing.tend(packing.contents[1:])  # the pack goes, and one of those that are left takes its place
    assert [pq.read_metadata(path).num_rows for path in packing.files()] == [39]


@pytest.mark.parametrize("spoil", ["shorter", "no pack.json", "other segments", "gone"])
def test_a_pack_that_is_not_as_it_was_written_is_none(packing: Packing, spoil: str) -> None:
    packing.tend(packing.contents)
    (rows,) = packing.files()
    told = rows.with_name("pack.json")
    if spoil == "shorter":
        rows.write_bytes(rows.read_bytes()[:-1])
    elif spoil == "no pack.json":
        told.unlink()
    elif spoil == "other segments":
        told.write_text(told.read_text().replace(packing.contents[0].name, packing.contents[0].name[::-1]))
    else:
        shutil.rmtree(rows.parent)
    assert len(packing.packs.rows(packing.contents)) == 40
    assert packing.tend(packing.contents) == 40
    assert len(packing.packs.rows(packing.contents)) == 1


def test_one_whose_bytes_changed_is_found_by_its_checksum(packing: Packing) -> None:
    packing.tend(packing.contents)
    assert not packing.packs.discard_damaged()
    (rows,) = packing.files()
    data = bytearray(rows.read_bytes())
    data[len(data) // 2] ^= 1
    rows.write_bytes(data)
    assert packing.packs.discard_damaged()
    assert packing.files() == []
