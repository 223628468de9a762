"""The table revision: what a snapshot changes of the years that were final in the snapshot before."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from tests.conftest import Census

DAJI, DING, ZHANG = "371721101", "371721101201", "371721101202"
BOOK = "aliresearch"


@pytest.fixture
def one_order(census: Census) -> Census:
    """A shop of 丁楼村 that sold for 100 yuan in 2019, which is final, and for 7 in 2022, which is not."""
    census.lines("shops/a.csv", census.shop(1, DING))
    census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 100), census.order(2, 1, "2021-12-01", 7))
    census.run()
    return census


def revisions(census: Census, *kinds: str) -> list[tuple[object, ...]]:
    """The rows of revision of some kinds, or all, in the order of the file."""
    return [tuple(row.values()) for row in census.published("revision") if not kinds or row["kind"] in kinds]


def test_a_first_snapshot_revises_nothing(one_order: Census) -> None:
    assert one_order.published("run")[0]["previous_run_id"] is None
    assert revisions(one_order) == []


def test_an_order_of_a_final_year_revises_it(one_order: Census) -> None:
    one_order.lines("transactions/b.csv", one_order.order(3, 1, "2019-05-02", "50.5"))
    one_order.run()
    assert revisions(one_order) == [
        (2019, BOOK, "headline", "rural_sales", "value", "100.0", "150.5"),
        (2019, BOOK, "township", DAJI, "sales", "100.00", "150.50"),
        (2019, BOOK, "township", DAJI, "transactions", "1", "2"),
        (2019, BOOK, "village", DING, "sales", "100.00", "150.50"),
        (2019, BOOK, "village", DING, "transactions", "1", "2"),
    ]


def test_a_year_that_was_provisional_is_not_revised(one_order: Census) -> None:
    one_order.lines("transactions/b.csv", one_order.order(3, 1, "2021-12-02", 50, updated_at="2022-08-01"))
    one_order.run()
    assert [row["is_provisional"] for row in one_order.published("village_status", year=2022)] == [False]
    assert revisions(one_order) == []
    one_order.lines("transactions/c.csv", one_order.order(4, 1, "2021-12-02", 1))
    one_order.run()
    assert [row[:2] + row[3:] for row in revisions(one_order, "village")] == [
        (2022, BOOK, DING, "sales", "57.00", "58.00"),
        (2022, BOOK, DING, "transactions", "2", "3"),
    ]


def test_the_snapshot_before_is_what_counts(one_order: Census) -> None:
    one_order.lines("transactions/b.csv", one_order.order(3, 1, "2019-05-02", 50))
    one_order.run()
    assert revisions(one_order)
    one_order.run("--rebuild")
    assert revisions(one_order) == []


def test_what_is_known_now_and_what_is_no_more(one_order: Census) -> None:
    one_order.lines("villages/a.csv", f"{DING},2018,40,,")
    one_order.run()
    told = [
        (2019, BOOK, "village", DING, "household_share", None, "0.0"),
        (2019, BOOK, "village", DING, "households", None, "40"),
    ]
    assert revisions(one_order) == told
    (one_order.raw / "villages" / "a.csv").unlink()
    assert one_order("forget", "villages/a.csv").status == 0
    assert revisions(one_order) == [(*key, new, old) for *key, old, new in told]


def test_a_place_that_comes_or_goes_differs_in_every_column_that_has_a_value(one_order: Census) -> None:
    one_order.lines("shops/b.csv", one_order.shop(1, ZHANG, recorded_at="2016-01-01"))
    one_order.run()
    told = {(code, column): (old, new) for _, _, _, code, column, old, new in revisions(one_order, "village")}
    assert told[DING, "village"] == ("丁楼村", None)
    assert told[ZHANG, "village"] == (None, "张庄村")
    assert told[DING, "sales"] == ("100.00", None)
    assert told[ZHANG, "is_taobao_village"] == (None, "false")
    assert (ZHANG, "households") not in told
    assert not revisions(one_order, "township", "headline")


def test_a_rulebook_that_is_new_or_gone_revises_nothing(one_order: Census) -> None:
    shutil.copy(one_order.folder / "one-rulebook" / "aliresearch.toml", one_order.folder / "one-rulebook" / "another.toml")
    one_order.run()
    assert revisions(one_order) == []
    (one_order.folder / "one-rulebook" / "another.toml").unlink()
    one_order.run()
    assert revisions(one_order) == []


def test_a_year_of_which_every_order_is_withdrawn_is_revised_to_nothing(one_order: Census) -> None:
    (one_order.raw / "transactions" / "a.csv").unlink()
    assert one_order("forget", "transactions/a.csv").status == 0
    assert one_order.published("headline") == []
    told = {row[3:] for row in revisions(one_order, "village", "township")}
    assert {(DING, "sales", "100.00", None), (DAJI, "sales", "100.00", None)} <= told
    assert {row[0] for row in revisions(one_order)} == {2019, 2020, 2021}


def test_a_column_that_the_snapshot_before_did_not_have_is_not_revised(one_order: Census) -> None:
    (path,) = (one_order.warehouse / "current" / "village_status" / "year=2019").iterdir()
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(["met_sales"]), path)
    (path,) = (one_order.warehouse / "current" / "village_status" / "year=2022").iterdir()
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(["met_sales"]), path)
    one_order.run("--rebuild")
    assert revisions(one_order) == []
