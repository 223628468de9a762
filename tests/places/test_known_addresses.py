"""Addresses in words are looked up once: what was found is kept with the snapshot. Contract 2, "Addresses"."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

if TYPE_CHECKING:
    from tests.conftest import Census

DIVISIONS = [
    ("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县"), ("371721101", "大集镇"),
    ("371721101201", "丁楼村委会"), ("371721101202", "孙庄村委会"),
]  # fmt: skip
WORDS, NOTHING = "曹县大集镇丁楼村", "某地"
DINGLOU, SUNZHUANG = "371721101201", "371721101202"


@pytest.fixture
def published(census: Census) -> Census:
    """A census with a shop in words, one that names nothing, and one by code."""
    census.places(DIVISIONS)
    census.lines("shops/a.csv", census.shop(1, WORDS), census.shop(2, NOTHING), census.shop(3, SUNZHUANG))
    census.lines("transactions/a.csv", *(census.order(n, n, "2020-05-01", 1) for n in (1, 2, 3)))
    census.run()
    return census


def _kept(census: Census) -> Path:
    (path,) = (census.warehouse / "current" / "_state").glob("named_addresses-*.parquet")
    return path


def _village(census: Census, shop_id: int) -> str | None:
    (row,) = census.published("shop_year", shop_id=shop_id)
    return row["village_code"]


def _mistake(census: Census) -> None:
    """Has the kept file say that the village is another one: a run that reads it believes it."""
    path = _kept(census)
    with duckdb.connect() as con:
        con.execute("create table kept as from read_parquet($1)", [str(path)])
        con.execute("update kept set code = $1 where code = $2", [SUNZHUANG, DINGLOU])
        con.table("kept").write_parquet(str(path))


def test_what_was_found_is_kept(published: Census) -> None:
    with duckdb.connect() as con:
        rows = con.execute("from read_parquet($1)", [str(_kept(published))]).fetchall()
    assert rows == [
        (WORDS, 2020, 2020, "371721"),
        (WORDS, 2020, 2020, "371721101"),
        (WORDS, 2020, 2020, DINGLOU),
        (NOTHING, 2020, None, None),
    ]


def test_a_later_run_reads_what_was_kept(published: Census) -> None:
    _mistake(published)
    published.lines("transactions/b.csv", published.order(9, 1, "2020-05-02", 1))
    published.run()
    assert _village(published, 1) == SUNZHUANG


def test_other_reference_tables_make_it_look_again(published: Census) -> None:
    before = _kept(published).name
    _mistake(published)
    published.places([*DIVISIONS, ("371722", "单县")])
    published.run()
    assert _village(published, 1) == DINGLOU
    assert _kept(published).name != before


def test_new_words_are_looked_up_beside_the_kept_ones(published: Census) -> None:
    published.lines("shops/b.csv", published.shop(4, "山东省曹县大集镇孙庄村"))
    published.lines("transactions/b.csv", published.order(9, 4, "2020-05-02", 1))
    published.run()
    assert [_village(published, shop) for shop in (1, 2, 3, 4)] == [DINGLOU, None, SUNZHUANG, SUNZHUANG]


def test_without_words_nothing_is_kept(census: Census) -> None:
    census.places(DIVISIONS)
    census.lines("shops/a.csv", census.shop(1, DINGLOU))
    census.lines("transactions/a.csv", census.order(1, 1, "2020-05-01", 1))
    census.run()
    assert list((census.warehouse / "current" / "_state").glob("named_addresses-*")) == []
