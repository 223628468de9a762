"""County codes from before the editions: they count as what the county became. Contract 2, "Addresses"; 3, `population`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Census

DIVISIONS = [
    ("33", "浙江省"),
    ("3301", "杭州市"),
    ("330111", "富阳区"),
    ("330111110", "场口镇"),
    ("330111110254", "东梓关村委会"),
]
FORMER = [("330123", "330111"), ("330183", "330111")]
ADDRESSES = {
    "330183": "330111",
    "330183110": "330111",  # a township's code is not told from its county's
    "330183110254": "330111",
    "330199": None,
    "330111110254": "330111110254",
}


def test_a_code_of_a_former_county_is_in_what_it_became(census: Census) -> None:
    census.places(DIVISIONS, former_codes=FORMER)
    assert census.place_addresses(list(ADDRESSES), [2019]) == {(a, 2019): code for a, code in ADDRESSES.items()}


def test_without_the_table_it_is_unknown(census: Census) -> None:
    census.places(DIVISIONS)
    assert census.place_addresses(["330183"], [2019]) == {("330183", 2019): None}


def test_people_counted_under_a_former_code(census: Census) -> None:
    """330123 and 330183 ran into 330111: figures of one year are added up."""
    census.places(DIVISIONS, former_codes=FORMER)
    census.lines("shops/a.csv", census.shop(1, "330111"))
    census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 1))
    census.lines("counties/a.csv", "330183,2012,400,", "330123,2012,50,")
    census.run()
    (county,) = census.published("county_year", county_code="330111")
    assert county["population"] == 450
