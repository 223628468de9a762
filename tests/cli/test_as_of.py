"""`census run --as-of DAY` uses what was updated or recorded up to that day: what was knowable then."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Census

DAY = "2020-07-05"


@pytest.fixture
def world(census: Census) -> Census:
    """Two shops in 丁楼村. After the fifth of July 2020 came: a refund, an order, a new address, a count of households."""
    shops = [
        census.shop(1, "371721101201"),
        census.shop(2, "371721101201"),
        census.shop(2, "371721101202", recorded_at="2020-07-06"),
    ]
    orders = [
        census.order(1, 1, "2020-05-01", 100, updated_at="2020-05-02"),
        census.order(1, 1, "2020-05-01", 100, updated_at="2020-07-06", refunded_amount=40),
        census.order(2, 2, "2020-05-01", 10, updated_at="2020-07-05 23:59:59.999999"),
    ]
    census.lines("shops/a.csv", *shops)
    census.lines("transactions/a.csv", *orders)
    census.lines("transactions/b.csv", census.order(3, 1, "2020-06-01", 1000, updated_at="2020-07-06 00:00:00"))
    census.lines("villages/a.csv", "371721101201,2019,50,,2020-01-01", "371721101201,2020,80,,2020-08-01")
    census.lines("villages/undated.csv", "371721101202,2019,30,,")
    return census


def figures(census: Census) -> list[tuple[object, ...]]:
    """Year, village, sales, orders, households, provisional."""
    names = ("year", "village_code", "sales", "transactions", "households", "is_provisional")
    return [tuple(row[name] for name in names) for row in census.published("village_status")]


THEN = [(2020, "371721101201", 110, 2, 50, False)]
NOW = [(2020, "371721101201", 1070, 3, 80, False)]  # the second shop moved only after the year's end


def test_records_after_the_day_are_not_used(world: Census) -> None:
    told = world.run("--as-of", DAY)
    assert "As of 2020-07-05" in told.out
    assert figures(world) == THEN


def test_it_is_what_a_census_of_that_days_deliveries_gives(world: Census, new_census: Callable[[], Census]) -> None:
    world.run("--as-of", DAY)
    other = new_census()
    other.lines("shops/a.csv", other.shop(1, "371721101201"), other.shop(2, "371721101201"))
    other.lines(
        "transactions/a.csv",
        other.order(1, 1, "2020-05-01", 100, updated_at="2020-05-02"),
        other.order(2, 2, "2020-05-01", 10, updated_at="2020-07-05 23:59:59.999999"),
    )
    other.lines("villages/a.csv", "371721101201,2019,50,,2020-01-01", "371721101202,2019,30,,")
    other.run()
    assert world.tables() == other.tables()


def test_the_next_run_without_it_uses_everything_and_one_with_it_goes_back(world: Census) -> None:
    world.run("--as-of", DAY)
    assert "Nothing new" in world.run("--as-of", DAY).out
    world.run()
    assert figures(world) == NOW
    world.run("--as-of", DAY)
    assert figures(world) == THEN
    assert [row[4] for row in rows(world("snapshots", "--csv").out)] == ["as_of", DAY, "", DAY]


def test_a_year_whose_end_is_not_reached_by_then_is_provisional(world: Census) -> None:
    world.run("--as-of", "2020-06-30")
    assert figures(world) == [(2020, "371721101201", 100, 1, 50, True)]


def test_explain_tells_the_day_and_nothing_that_was_recorded_after_it(world: Census) -> None:
    world.run("--as-of", "2020-06-30")
    out = " ".join(world("explain", "371721101201").out.split())
    assert "As of 30 June 2020: what was recorded or updated after that day is not used." in out
    assert "So far it is NOT a Taobao village in 2020." in out
    assert "This is provisional: orders of the year up to 30 June 2020 may still come or change." in out
    assert "has 100 yuan" in out
    facts = json.loads(world("explain", "371721101201", "--json").out)
    assert (facts["as_of"], facts["snapshot"]) == ("2020-06-30", world.current())
    told = [*facts["counted"]["largest"], *(shop for group in facts["not_counted"] for shop in group["largest"])]
    assert [shop["shop_id"] for shop in told] == [1]
    assert {facts["around"][name] for name in ("elsewhere", "silent", "in_township_only")} == {0}
    world.run()
    assert "As of" not in world("explain", "371721101201").out


def test_what_is_dated_in_the_future_is_no_matter_on_an_earlier_day(world: Census) -> None:
    world.lines("transactions/c.csv", world.order(4, 1, "2020-05-01", 7, updated_at="2090-01-01"))
    assert world("run").status == 3
    world.run("--as-of", DAY)
    assert figures(world) == THEN


@pytest.mark.parametrize("day", ["yesterday", "2020-13-01", "20200705", ""])
def test_a_day_that_is_none_is_bad_usage(world: Census, day: str) -> None:
    done = world("run", "--as-of", day)
    assert (done.status, "--as-of" in done.err) == (2, True)


def rows(text: str) -> list[list[str]]:
    """A small CSV text as rows of fields."""
    return [line.split(",") for line in text.splitlines()]
