"""What a code becomes from edition to edition, and which address places a shop. Contract 2, "One village through time",
"A shop's place in year N", "Addresses"; contract 3, `households`.

A, B and C are the townships of a case, A201 is a village of A; every case has townships of its own, in one county. The
editions are 2018 to 2021. One census holds all cases: a shop for each address, with an order in every year.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from tests.conftest import Census

COUNTY, NOWHERE = "county", None
YEARS = (2017, 2018, 2019, 2020, 2021, 2023)  # those before and after the editions use the oldest and the newest


class Case(NamedTuple):
    """Divisions by code and editions, successions by edition, and where addresses lie in 2018, 2019, 2020 and 2021."""

    divisions: str
    successions: str
    places: dict[str, Sequence[str | None]]


CASES = {
    "it stands throughout": Case("A 2018-2021, A201 2018-2021", "", {"A201": ["A201"] * 4}),
    "a new code": Case(
        "A 2018-2021, A201 2018-2019, A202 2020-2021",
        "2020 A201 A202",
        {"A201": ["A201", "A201", "A202", "A202"], "A202": ["A201", "A201", "A202", "A202"]},
    ),
    "a new code every year": Case(
        "A 2018-2021, A201 2018-2018, A202 2019-2019, A203 2020-2020, A204 2021-2021",
        "2019 A201 A202, 2020 A202 A203, 2021 A203 A204",
        {code: ["A201", "A202", "A203", "A204"] for code in ("A201", "A202", "A203", "A204")},
    ),
    "a new name": Case("A 2018-2021, A201 2018-2019, A201 2020-2021", "", {"A201": ["A201"] * 4}),
    "to another township": Case(
        "A 2018-2021, B 2018-2021, A201 2018-2019, B201 2020-2021",
        "2020 A201 B201",
        {"A201": ["A201", "A201", "B201", "B201"], "B201": ["A201", "A201", "B201", "B201"]},
    ),
    # backwards only to a single predecessor; what cannot be carried resolves to its township
    "a merger": Case(
        "A 2018-2021, A201 2018-2019, A202 2018-2019, A203 2020-2021",
        "2020 A201 A203, 2020 A202 A203",
        {
            "A201": ["A201", "A201", "A203", "A203"],
            "A202": ["A202", "A202", "A203", "A203"],
            "A203": ["A", "A", "A203", "A203"],
        },
    ),
    "a merger into one of them": Case(
        "A 2018-2021, A201 2018-2020, A202 2018-2019, A203 2021-2021",
        "2020 A202 A201, 2021 A201 A203",
        {
            "A201": ["A201", "A201", "A201", "A203"],
            "A202": ["A202", "A202", "A201", "A203"],
            "A203": ["A", "A", "A201", "A203"],  # A201 of 2020 came from A202 and, without a row, from itself
        },
    ),
    "a split": Case(
        "A 2018-2021, A201 2018-2019, A202 2020-2021, A203 2020-2021",
        "2020 A201 A202, 2020 A201 A203",
        {
            "A201": ["A201", "A201", "A", "A"],
            "A202": ["A201", "A201", "A202", "A202"],
            "A203": ["A201", "A201", "A203", "A203"],
        },
    ),
    "a split of which one keeps the code": Case(
        "A 2018-2021, A201 2018-2021, A202 2020-2021",
        "2020 A201 A201, 2020 A201 A202",
        {"A201": ["A201"] * 4, "A202": ["A201", "A201", "A202", "A202"]},
    ),
    "a split, and later a merger": Case(
        "A 2018-2021, A201 2018-2018, A202 2019-2019, A203 2019-2020, A204 2020-2021",
        "2019 A201 A202, 2019 A201 A203, 2020 A202 A204",
        {
            "A201": ["A201", "A", "A", "A"],
            "A203": ["A201", "A203", "A203", "A"],
            "A204": ["A201", "A202", "A204", "A204"],
        },
    ),
    "abolished": Case("A 2018-2021, A201 2018-2019", "", {"A201": ["A201", "A201", "A", "A"]}),
    "abolished with its township": Case("A 2018-2019, A201 2018-2019", "", {"A201": ["A201", "A201", COUNTY, COUNTY]}),
    "abolished, and its township has a new code": Case(
        "A 2018-2019, B 2020-2021, A201 2018-2019",
        "2020 A B",
        {"A201": ["A201", "A201", "B", "B"], "A": ["A", "A", "B", "B"]},
    ),
    "abolished, and its township merged and was recoded": Case(
        "A 2018-2019, B 2018-2020, C 2021-2021, A201 2018-2018",
        "2020 A B, 2021 B C",
        {"A201": ["A201", "A", "B", "C"], "A": ["A", "A", "B", "C"], "C": [COUNTY, COUNTY, "B", "C"]},
    ),
    "founded": Case("A 2018-2021, A201 2020-2021", "", {"A201": ["A", "A", "A201", "A201"]}),
    "a township is founded": Case("A 2020-2021, A201 2020-2021", "", {"A201": [COUNTY, COUNTY, "A201", "A201"]}),
    # of two editions that are equally near, the older: 2018 rather than 2020, from which it cannot be carried to 2019
    "returned": Case("A 2018-2021, A201 2018-2018, A201 2020-2021", "", {"A201": ["A201", "A", "A201", "A201"]}),
    "nearest, the older": Case(
        "A 2018-2021, A201 2018-2018, A202 2019-2019, A203 2019-2019, A201 2020-2021",
        "2019 A201 A202, 2020 A203 A201",
        {"A201": ["A201", "A202", "A201", "A201"]},  # not A203, where the code of 2020 came from
    ),
    "nearest, the younger": Case(
        "A 2018-2021, A201 2018-2018, A202 2019-2021, A203 2020-2020, A201 2021-2021",
        "2019 A201 A202, 2021 A203 A201",
        {"A201": ["A201", "A202", "A203", "A201"]},  # 2020 lies beside 2021, where A201 is what was A203
    ),
    "recycled": Case(
        "A 2018-2021, A201 2018-2021, A202 2020-2021, A203 2018-2019",
        "2020 A201 A202, 2020 A203 A201",
        {
            "A201": ["A201"] * 4,  # an address is read in the year's own edition
            "A202": ["A201", "A201", "A202", "A202"],
            "A203": ["A203", "A203", "A201", "A201"],
        },
    ),
    "recycled at once by a village that is new": Case(
        "A 2018-2021, A201 2018-2020, A202 2020-2021, A203 2021-2021",
        "2020 A201 A202, 2021 A201 A203",
        {"A203": ["A", "A", "A201", "A203"]},  # A201 of 2020 is no longer the A201 of 2019, whose row leads to A202
    ),
    "a code of no edition": Case("A 2018-2021", "", {"A999": ["A"] * 4, "B201": [COUNTY] * 4, "B": [COUNTY] * 4}),
    "a township": Case("A 2018-2021, B 2018-2018", "", {"A": ["A"] * 4, "B": ["B", COUNTY, COUNTY, COUNTY]}),
    "rows twice": Case(
        "A 2018-2021, A201 2018-2019, A202 2020-2021",
        "2020 A201 A202, 2020 A201 A202",
        {"A201": ["A201", "A201", "A202", "A202"], "A202": ["A201", "A201", "A202", "A202"]},
    ),
}  # fmt: skip


def code(case: int, text: str | None) -> str | None:
    """The code that a case's letters and digits stand for."""
    if text in (COUNTY, NOWHERE):
        return "371721" if text else None
    return f"371721{100 + 3 * case + 'ABC'.index(text[0])}{text[1:]}"


# Other addresses, and where they lie in every year.
OTHERS = {
    "371721": "371721",
    "371799101201": None,  # of no county that there is
    "371799": None,
    "3717": None,  # digits that are no code of 6, 9 or 12
    "37": None,
    "37172110120": None,
    "3717211012011": None,
    "000000000000": None,
    "７": None,
    "": None,
}


def places() -> tuple[list[tuple[str, str, int, int]], list[tuple[int, str, str]]]:
    """Divisions and successions of all cases, and of a county that had a new code in 2020 with all that lies in it."""
    divisions = [("37", "山东省", 2018, 2021), ("3717", "菏泽市", 2018, 2021), ("371721", "曹县", 2018, 2021)]
    successions = []
    for i, case in enumerate(CASES.values()):
        for entry in case.divisions.split(", "):
            text, _, editions = entry.partition(" ")
            first, last = map(int, editions.split("-"))
            divisions.append((code(i, text) or "", f"{text}·{first}", first, last))
        for entry in filter(None, case.successions.split(", ")):
            edition, old, new = entry.split()
            successions.append((int(edition), code(i, old) or "", code(i, new) or ""))
    for before, after in (("371730", "371731"), ("371730101", "371731101"), ("371730101201", "371731101201")):
        divisions += [(before, "县", 2018, 2019), (after, "区", 2020, 2021)]
        successions.append((2020, before, after))
    divisions.append(("371730101202", "村", 2018, 2018))
    return divisions, successions


ADDRESSES = [(i, address) for i, case in enumerate(CASES.values()) for address in case.places]
MOVED = ["371730", "371730101", "371730101201", "371731101201", "371730101202", "371730999"]


@pytest.fixture(scope="module")
def placed(shared_census: Census) -> dict[tuple[str, int], str | None]:
    """Where each address lies in each year."""
    census = shared_census
    census.places(*places())
    addresses = [*(code(i, address) or "" for i, address in ADDRESSES), *OTHERS, *MOVED]
    return census.place_addresses(addresses, YEARS)


@pytest.mark.parametrize("name", list(CASES))
def test_a_code_is_carried_to_the_years_edition(placed: dict[tuple[str, int], str | None], name: str) -> None:
    i, case = list(CASES).index(name), CASES[name]
    found = {address: [placed[code(i, address) or "", year] for year in (2018, 2019, 2020, 2021)] for address in case.places}
    assert found == {address: [code(i, place) for place in want] for address, want in case.places.items()}


@pytest.mark.parametrize("name", list(CASES))
def test_years_outside_the_editions_use_the_oldest_and_the_newest(placed: dict[tuple[str, int], str | None], name: str) -> None:
    for address in CASES[name].places:
        told = code(list(CASES).index(name), address) or ""
        assert (placed[told, 2017], placed[told, 2023]) == (placed[told, 2018], placed[told, 2021])


@pytest.mark.parametrize(("address", "place"), OTHERS.items())
def test_other_addresses(placed: dict[tuple[str, int], str | None], address: str, place: str | None) -> None:
    assert {placed[address, year] for year in YEARS} == {place}


@pytest.mark.parametrize(
    ("address", "before", "after"),
    [
        ("371730", "371730", "371731"),
        ("371730101", "371730101", "371731101"),
        ("371730101201", "371730101201", "371731101201"),
        ("371731101201", "371730101201", "371731101201"),
        ("371730999", "371730", "371731"),  # no township: its county, likewise carried
    ],
)
def test_a_county_with_a_new_code(placed: dict[tuple[str, int], str | None], address: str, before: str, after: str) -> None:
    assert [placed[address, year] for year in (2018, 2019, 2020, 2021)] == [before, before, after, after]


def test_a_village_abolished_before_its_county_had_a_new_code(placed: dict[tuple[str, int], str | None]) -> None:
    found = [placed["371730101202", year] for year in (2018, 2019, 2020, 2021)]
    assert found == ["371730101202", "371730101", "371731101", "371731101"]


# ---------------------------------------------------------------- which address counts
V1, V2, V3 = "371721101201", "371721101202", "371721102201"
T1, T2, C = "371721101", "371721102", "371721"
NO = "999999"

# shop type, registered, ship-from, receive address: the place, and the column that told it
ORDER = [
    (("enterprise", V1, V2, V3), (V1, "registered_address")),
    (("enterprise", "", V2, V3), (V2, "ship_from_address")),
    (("enterprise", "", "", V3), (V3, "receive_address")),
    (("enterprise", "", "", ""), (None, None)),
    (("individual", V1, V2, V3), (V2, "ship_from_address")),
    (("individual", V1, "", V3), (V3, "receive_address")),
    (("individual", V1, "", ""), (None, None)),  # where an individual is registered does not count
    # the first that resolves to a village; failing that the first to a township, then to a county
    (("enterprise", T1, C, V3), (V3, "receive_address")),
    (("enterprise", T1, V2, V3), (V2, "ship_from_address")),
    (("enterprise", C, T1, T2), (T1, "ship_from_address")),
    (("enterprise", C, NO, T2), (T2, "receive_address")),
    (("enterprise", T2, T1, C), (T2, "registered_address")),
    (("enterprise", NO, NO, C), (C, "receive_address")),
    (("enterprise", C, C, C), (C, "registered_address")),
    (("enterprise", NO, NO, NO), (None, None)),
    (("individual", V1, T1, C), (T1, "ship_from_address")),
    (("individual", V1, C, T2), (T2, "receive_address")),
    (("individual", V1, NO, NO), (None, None)),
    (("individual", V1, T1 + "999", V3), (V3, "receive_address")),  # a village of no edition is only its township
    (("individual", V1, T1 + "999", C), (T1, "ship_from_address")),
]


@pytest.fixture(scope="module")
def by_address(shared_census: Census, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """shop_year of a census with a shop for each line of ORDER."""
    census = type(shared_census)(tmp_path_factory.mktemp("order") / "census")
    names = ("registered_address", "ship_from_address", "receive_address")
    census.lines(
        "shops/a.csv",
        *(
            census.shop(i, shop_type=shop_type, **dict(zip(names, addresses, strict=True)))
            for i, ((shop_type, *addresses), _) in enumerate(ORDER, 1)
        ),
    )
    census.lines("transactions/a.csv", *(census.order(i, i, "2019-05-01", 1) for i in range(1, len(ORDER) + 1)))
    census.run()
    return census.published("shop_year")


@pytest.mark.parametrize("line", range(len(ORDER)), ids=lambda i: "-".join(ORDER[i][0]))
def test_the_order_of_addresses(by_address: list[dict[str, Any]], line: int) -> None:
    row, (place, column) = by_address[line], ORDER[line][1]
    assert row["shop_id"] == line + 1
    assert (row["village_code"] or row["township_code"] or row["county_code"], row["placed_by"]) == (place, column)
    # the levels above are its prefixes, the levels below are null
    levels = [row[f"{level}_code"] for level in ("province", "county", "township", "village")]
    assert levels == [place[:n] if place and n <= len(place) else None for n in (2, 6, 9, 12)]


# ---------------------------------------------------------------- names and figures
@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory, shared_census: Census) -> Census:
    """Villages that change, with households under old and new codes; a shop in each, with an order in every year."""
    census = type(shared_census)(tmp_path_factory.mktemp("figures") / "census")
    town = "371721101"
    census.places(
        [
            *(("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县", 2018, 2019), ("371721", "曹州区", 2020, 2021)),
            *((town, "大集乡", 2018, 2018), (town, "大集镇", 2019, 2021)),
            *((town + "201", "丁楼村", 2018, 2018), (town + "201", "丁家楼村", 2019, 2021)),
            *((town + "202", "张庄", 2018, 2019), (town + "203", "张庄村", 2020, 2021)),  # a new code
            *((town + "204", "孙庄", 2018, 2019), (town + "205", "李庄", 2018, 2019), (town + "206", "孙李庄", 2020, 2021)),
            *((town + "207", "王庄", 2018, 2019), (town + "208", "东王庄", 2020, 2021), (town + "209", "西王庄", 2020, 2021)),
            *((town + "210", "刘庄"), (town + "211", "无人庄")),
        ],
        [
            (2020, town + "202", town + "203"),
            (2020, town + "204", town + "206"),
            (2020, town + "205", town + "206"),
            (2020, town + "207", town + "208"),
            (2020, town + "207", town + "209"),
        ],
    )
    villages = [f"{town}2{i:02}" for i in range(1, 12)]
    census.lines("shops/a.csv", *(census.shop(i, village) for i, village in enumerate(villages, 1)))
    years = range(2018, 2022)
    census.lines("transactions/a.csv", *(census.order(100 * y + i, i, f"{y}-05-01", 1) for y in years for i in range(1, 12)))
    census.lines(
        "villages/a.csv",
        *(f"{town}{village},{year},{households},," for village, year, households in (
            ("201", 2017, 100), ("201", 2019, 110), ("201", 2021, 120),
            ("202", 2018, 30), ("203", 2021, 33),
            ("204", 2018, 40), ("205", 2018, 5), ("206", 2021, 50),
            ("207", 2018, 70), ("208", 2020, 20),
            ("210", 2020, 9), ("210", 2030, 8),
        )),
    )  # fmt: skip
    census.lines("counties/a.csv", "371721,2016,1000,", "371721,2020,2000,")
    census.run()
    return census


def households(census: Census, suffix: str) -> list[int | None]:
    """What a village's households are, in the years from 2018 to 2021 in which it stands."""
    rows = census.published("village_status", rulebook="aliresearch", village_code=f"371721101{suffix}")
    return [row["households"] for row in rows]


class TestHouseholds:
    def test_the_newest_year_up_to_the_year(self, figures: Census) -> None:
        assert households(figures, "201") == [100, 110, 110, 120]

    def test_else_the_oldest_after(self, figures: Census) -> None:
        assert households(figures, "210") == [9, 9, 9, 9]

    def test_a_figure_follows_its_village_to_a_new_code_and_back(self, figures: Census) -> None:
        assert households(figures, "202") == [30, 30]  # 2018, 2019
        assert households(figures, "203") == [30, 33]  # 2020, 2021

    def test_of_villages_that_merged_it_is_the_sum(self, figures: Census) -> None:
        assert households(figures, "206") == [45, 50]  # 40 + 5, and its own
        assert households(figures, "204") == [40, 40]
        assert households(figures, "205") == [5, 5]  # the figure of 2021 is not carried back over the merger

    def test_it_is_not_carried_over_a_split_but_back_to_the_one_that_was_split(self, figures: Census) -> None:
        assert households(figures, "207") == [70, 70]
        assert households(figures, "208") == [20, 20]
        assert households(figures, "209") == [None, None]

    def test_none_known_is_null(self, figures: Census) -> None:
        rows = figures.published("village_status", rulebook="aliresearch", village_code="371721101211")
        assert [(row["households"], row["household_share"], row["met_households"]) for row in rows] == [(None, None, False)] * 4

    def test_a_countys_population_likewise(self, figures: Census) -> None:
        rows = figures.published("county_year", rulebook="aliresearch")
        assert [(row["year"], row["population"]) for row in rows] == [(2018, 1000), (2019, 1000), (2020, 2000), (2021, 2000)]


class TestNames:
    def test_names_are_those_of_the_years_edition(self, figures: Census) -> None:
        rows = figures.published("village_status", rulebook="aliresearch", village_code="371721101201")
        assert [(row["village"], row["township"], row["county"], row["province"]) for row in rows] == [
            ("丁楼村", "大集乡", "曹县", "山东省"),
            ("丁家楼村", "大集镇", "曹县", "山东省"),
            ("丁家楼村", "大集镇", "曹州区", "山东省"),
            ("丁家楼村", "大集镇", "曹州区", "山东省"),
        ]
        assert [row["county"] for row in figures.published("county_year", rulebook="aliresearch")] == [
            "曹县",
            "曹县",
            "曹州区",
            "曹州区",
        ]

    def test_the_identity_is_the_code_of_the_newest_edition(self, figures: Census) -> None:
        rows = figures.published("village_status", rulebook="aliresearch", year=2018)
        assert {row["village_code"][-3:]: row["village_id"][-3:] for row in rows} == {
            "201": "201", "202": "203", "204": "206", "205": "206", "207": "207", "210": "210", "211": "211"
        }  # fmt: skip
