"""The addresses of shops without a village: whose they are, what they name, what these shops sell. Table unplaced."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Census

DALIAN, DING = "辽宁省大连市某县", "371721101201"
SHOPS: list[tuple[dict[str, str], str | None, str | None]] = [
    # what a shop's addresses are; the row of unplaced that it counts for, and the division that this row names
    ({"ship_from_address": "371721101"}, "371721101", "371721101"),
    ({"ship_from_address": "371721101", "receive_address": "山东省曹县"}, "371721101", "371721101"),
    ({"ship_from_address": "曹县大集镇王家胡同5号"}, "曹县大集镇王家胡同5号", "371721101"),
    ({"ship_from_address": "山东省曹县"}, "山东省曹县", "371721"),
    ({"ship_from_address": DALIAN}, DALIAN, None),
    ({"ship_from_address": DALIAN, "receive_address": "371721101"}, DALIAN, None),  # the address that counts first
    ({"receive_address": DALIAN}, DALIAN, None),
    ({"registered_address": "x", "receive_address": DALIAN}, DALIAN, None),  # an individual's does not count
    ({"shop_type": "enterprise", "registered_address": "x", "receive_address": DALIAN}, "x", None),
    ({"ship_from_address": "99"}, "99", None),
    ({}, "", None),
    ({"registered_address": DING}, "", None),
    ({"ship_from_address": DING}, None, None),
    ({"ship_from_address": DALIAN, "receive_address": DING}, None, None),  # placed by its second address
]


@pytest.fixture(scope="module")
def unplaced(shared_census: Census) -> Census:
    """A census of SHOPS: number n (from 1) sells 2^n fen in 2019, so that every sum tells its shops; number 1 also in 2020."""
    census = shared_census
    census.lines("shops/a.csv", *(census.shop(n, **told) for n, (told, _, _) in enumerate(SHOPS, 1)))
    orders = [census.order(n, n, "2019-05-01", Decimal(2**n) / 100) for n in range(1, len(SHOPS) + 1)]
    orders += [census.order(100, 1, "2020-05-01", 7), census.order(101, 99, "2020-05-01", "0.10")]  # shop 99 is unknown
    census.lines("transactions/a.csv", *orders)
    census.run()
    return census


def test_an_address_has_the_shops_that_name_it_first(unplaced: Census) -> None:
    want: dict[str, list[int]] = {}
    for number, (_, address, _) in enumerate(SHOPS, 1):
        if address is not None:
            want.setdefault(address, []).append(number)
    found = {row["address"]: (row["shops"], row["sales"]) for row in unplaced.published("unplaced", year=2019)}
    assert found == {address: (len(shops), Decimal(sum(2**number for number in shops)) / 100) for address, shops in want.items()}


def test_what_an_address_names(unplaced: Census) -> None:
    want = {address: code for _, address, code in SHOPS if address is not None}
    named = {"371721101": "大集镇", "371721": "曹县"}
    for row in unplaced.published("unplaced", year=2019):
        code = want[row["address"]]
        assert (row["township_code"] or row["county_code"]) == code
        assert (row["township"] or row["county"]) == (named[code] if code else None)
        assert (row["province_code"], row["province"]) == (("37", "山东省") if code else (None, None))


def test_a_year_has_the_shops_that_sell_in_it(unplaced: Census) -> None:
    (row,) = unplaced.published("unplaced", year=2020)
    assert (row["address"], row["shops"], row["sales"]) == ("371721101", 1, 7)


def test_it_adds_up_to_the_headline(unplaced: Census) -> None:
    for year in (2019, 2020):
        (told,) = unplaced.published("headline", year=year, metric="unplaced_sales")
        assert told["value"] == float(sum(row["sales"] for row in unplaced.published("unplaced", year=year)))


def test_a_towns_name_is_that_of_the_years_edition(census: Census) -> None:
    census.places(
        [
            *(("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县")),
            *(("371721101", "大集乡", 2018, 2019), ("371721109", "大集镇", 2020, 2021)),
        ],
        [(2020, "371721101", "371721109")],
    )
    census.lines("shops/a.csv", census.shop(1, "曹县大集乡"))
    census.lines("transactions/a.csv", *(census.order(year, 1, f"{year}-05-01", 1) for year in (2019, 2020)))
    census.run()
    found = [(row["year"], row["township_code"], row["township"]) for row in census.published("unplaced")]
    assert found == [(2019, "371721101", "大集乡"), (2020, "371721109", "大集镇")]


def test_show_tells_the_largest_first(unplaced: Census) -> None:
    def told(*options: str) -> list[str]:
        done = unplaced("show", "unplaced", "--csv", *options)
        return [row["sales"] for row in csv.DictReader(io.StringIO(done.out))]

    sales = [Decimal(one) for one in told("--year", "2019")]
    assert sales == sorted(sales, reverse=True)
    assert len(sales) == len(unplaced.published("unplaced", year=2019))
    assert told("--limit", "1") == [str(max(row["sales"] for row in unplaced.published("unplaced")))]
