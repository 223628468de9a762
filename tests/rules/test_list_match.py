"""Published lists beside the census: what their places name, and whether it has the status. Contract 5, list_match.

The rulebook `plain` asks for 100 yuan. Orders lie in 2019 to 2021; the editions of the divisions are 2018 to 2021.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from flows.engine import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Census

PLAIN = """
title = "Small numbers"
extends = "aliresearch"
[[village]]
units = "any"
all = [{ metric = "sales", op = ">=", value = 100 }]
source.name = "these tests"
words = "100 yuan"
"""
ODD = 'title = "Named like what names columns"\nextends = "plain"\n'
HENAN = 'title = "Only Henan"\nextends = "plain"\nprovince = "41"\n'

PLACES = [
    *(("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县"), ("371721101", "大集镇"), ("371721102", "安蔡楼镇")),
    *(("371721101201", "丁楼村"), ("371721101202", "张庄村"), ("371721101203", "孙庄村"), ("371721102201", "火神台村")),
    *(("371721101211", "旧村", 2018, 2019), ("371721101212", "新村", 2020, 2021), ("371721101213", "亡村", 2018, 2019)),
    *(("41", "河南省"), ("4113", "南阳市"), ("411324", "镇平县"), ("411324101", "石佛寺镇"), ("411324101201", "石佛寺村")),
]
SUCCESSIONS = [(2020, "371721101211", "371721101212")]
SALES = [
    # village, year, yuan
    ("371721101201", 2019, 100),
    ("371721101202", 2019, "99.99"),
    ("371721101211", 2019, 100),
    ("371721101212", 2020, 100),
    ("411324101201", 2019, 100),
    ("371721102201", 2021, 100),
]


def with_rulebooks(census: Census) -> Census:
    """The same census with `plain`, one with an odd name, one of a single province, and what they extend."""
    folder = census.folder / "rulebooks"
    folder.mkdir()
    shutil.copy(ROOT / "rulebooks" / "aliresearch.toml", folder)
    for name, text in {"plain": PLAIN, "rulebook": ODD, "in_9": HENAN}.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    census.variables["CENSUS_RULEBOOKS"] = str(folder)
    return census


def sell(census: Census) -> Census:
    """Delivers a shop and an order for each line of SALES."""
    census.places(PLACES, SUCCESSIONS)
    census.lines("shops/a.csv", *(census.shop(i, village) for i, (village, _, _) in enumerate(SALES, 1)))
    orders = (census.order(i, i, f"{year}-05-01", yuan) for i, (_, year, yuan) in enumerate(SALES, 1))
    census.lines("transactions/a.csv", *orders)
    return census


TOWN = "山东省菏泽市曹县大集镇"
DING, ZHANG, SUN = (f"37172110120{n}" for n in (1, 2, 3))
OLD, NEW, GONE = "371721101211", "371721101212", "371721101213"
MATCHES: dict[str, tuple[int, str, str | None, str | None, bool | None]] = {
    # year, place: village, identity, whether it has the status under `plain`
    "in": (2019, f"{TOWN}丁楼村", DING, DING, True),
    "lost it": (2020, f"{TOWN}丁楼村", DING, DING, False),
    "no row in the year": (2021, f"{TOWN}丁楼村", DING, DING, False),
    "short of it": (2019, f"{TOWN}张庄村", ZHANG, ZHANG, False),
    "no shop ever": (2019, f"{TOWN}孙庄村", SUN, SUN, False),
    "a code": (2021, "371721102201", "371721102201", "371721102201", True),
    "the code of a village that is named too": (2019, DING, DING, DING, True),
    "a town": (2019, TOWN, None, None, None),
    "a town's code": (2019, "371721101", None, None, None),
    "a county": (2019, "山东省曹县", None, None, None),
    "a village that is not there": (2019, f"{TOWN}王庄村", None, None, None),
    "nothing that is known": (2019, "海南省三沙市", None, None, None),
    "digits that are no code": (2019, "12345", None, None, None),
    "a later code": (2019, NEW, OLD, NEW, True),
    "a code of before": (2020, OLD, NEW, NEW, True),
    "a name of before": (2021, f"{TOWN}旧村", NEW, NEW, False),
    "a village that is no more": (2021, f"{TOWN}亡村", None, None, None),
    "before the years that are covered": (2018, f"{TOWN}丁楼村", DING, DING, None),
    "before every edition": (2003, f"{TOWN}旧村", OLD, NEW, None),
    "after the years that are covered": (2022, f"{TOWN}丁楼村", DING, DING, None),
    "after every edition": (2099, OLD, NEW, NEW, None),
    "a town in a year that is not covered": (2003, "371721101", None, None, None),
    "elsewhere": (2019, "河南省南阳市镇平县石佛寺镇石佛寺村", "411324101201", "411324101201", True),
}


@pytest.fixture(scope="module")
def matched(shared_census: Census) -> Census:
    """A census of all MATCHES."""
    census = sell(with_rulebooks(shared_census))
    lines = [f"{year},{place}" for year, place, *_ in MATCHES.values()]
    census.lines("lists/a.csv", *lines)
    census.lines("lists/again.csv", *reversed(lines), "soon,nowhere")
    census.run("--accept", "quarantine")
    return census


def row(census: Census, case: str) -> dict[str, Any]:
    """The row of list_match of a case."""
    year, place, *_ = MATCHES[case]
    (found,) = census.published("list_match", year=year, place=place)
    return found


@pytest.mark.parametrize("case", list(MATCHES))
def test_what_a_place_names_and_whether_it_is_in(matched: Census, case: str) -> None:
    found = row(matched, case)
    assert tuple(found[name] for name in ("year", "place", "village_code", "village_id", "in_plain")) == MATCHES[case]
    assert found["in_rulebook"] == found["in_plain"]  # the same criteria under an odd name
    assert found["in_aliresearch"] == (None if found["in_plain"] is None else False)


def test_every_place_has_one_row_however_often_it_is_listed(matched: Census) -> None:
    keys = [(found["year"], found["place"]) for found in matched.published("list_match")]
    assert keys == sorted({(year, place) for year, place, *_ in MATCHES.values()}, key=lambda key: (key[0], key[1].encode()))


def test_a_rulebook_of_one_province_says_no_elsewhere(matched: Census) -> None:
    assert [row(matched, case)["in_in_9"] for case in ("in", "elsewhere")] == [False, True]
    assert [row(matched, case)["in_in_9"] for case in ("a town", "before every edition")] == [None, None]


def test_a_column_a_rulebook_in_the_order_of_their_names(matched: Census) -> None:
    columns = pq.read_schema(matched.warehouse / "current" / "list_match.parquet").names
    assert columns[:8] == [
        *("year", "place", "village_code", "village_id"),
        *("in_aliresearch", "in_in_9", "in_plain", "in_rulebook"),
    ]
    told = pq.read_schema(matched.warehouse / "current" / "list_match.parquet").field("in_in_9").metadata[b"comment"]
    assert b" rulebook in_9;" in told


@pytest.mark.parametrize(
    ("case", "named"),
    [
        ("in", ("丁楼村", "371721101", "大集镇", "371721", "曹县", "37", "山东省")),
        ("before every edition", ("旧村", "371721101", "大集镇", "371721", "曹县", "37", "山东省")),
        ("a name of before", ("新村", "371721101", "大集镇", "371721", "曹县", "37", "山东省")),
        ("a town", (None, "371721101", "大集镇", "371721", "曹县", "37", "山东省")),
        ("a town in a year that is not covered", (None, "371721101", "大集镇", "371721", "曹县", "37", "山东省")),
        ("a village that is not there", (None, "371721101", "大集镇", "371721", "曹县", "37", "山东省")),
        ("a village that is no more", (None, "371721101", "大集镇", "371721", "曹县", "37", "山东省")),
        ("a county", (None, None, None, "371721", "曹县", "37", "山东省")),
        ("nothing that is known", (None,) * 7),
        ("digits that are no code", (None,) * 7),
    ],
)
def test_what_else_it_names(matched: Census, case: str, named: tuple[str | None, ...]) -> None:
    columns = ("village", "township_code", "township", "county_code", "county", "province_code", "province")
    assert tuple(row(matched, case)[column] for column in columns) == named


def test_five_names_in_columns_of_their_own(census: Census) -> None:
    sell(with_rulebooks(census))
    census.deliver(
        "lists/a.csv",
        "年份,省,市,区/县,镇/乡/街道,村\n2019,山东省,菏泽市,曹县,大集镇,丁楼村\n2019,山东省,菏泽市,曹县,大集镇,张庄村\n",
    )
    census.run()
    assert [(found["place"], found["village_code"], found["in_plain"]) for found in census.published("list_match")] == [
        (f"{TOWN}丁楼村", DING, True),
        (f"{TOWN}张庄村", ZHANG, False),
    ]


def test_lists_change_no_other_table(matched: Census, new_census: Callable[[], Census]) -> None:
    without = sell(with_rulebooks(new_census()))
    without.run()
    mine, theirs = (
        {path: data for path, data in census.tables().items() if not path.startswith(("list_match", "quarantine", "datapackage"))}
        for census in (matched, without)
    )
    assert mine == theirs


def test_without_lists_the_table_is_there_and_empty(census: Census) -> None:
    sell(with_rulebooks(census)).run()
    schema = pq.read_schema(census.warehouse / "current" / "list_match.parquet")
    assert schema.names[:5] == ["year", "place", "village_code", "village_id", "in_aliresearch"]
    assert census.published("list_match") == []


def test_without_orders_no_year_is_covered(census: Census) -> None:
    with_rulebooks(census).places(PLACES, SUCCESSIONS)
    census.lines("lists/a.csv", f"2019,{OLD}")
    census.run()
    (found,) = census.published("list_match")
    assert (found["village_code"], found["village_id"], found["in_plain"]) == (OLD, NEW, None)


def test_a_list_that_is_corrected_and_withdrawn(census: Census) -> None:
    sell(with_rulebooks(census))
    census.lines("lists/a.csv", f"2019,{DING}")
    census.run()
    census.lines("lists/a.csv", f"2019,{ZHANG}")
    census.run()
    assert [found["place"] for found in census.published("list_match")] == [ZHANG]
    (census.raw / "lists/a.csv").unlink()
    census.lines("lists/b.csv", f"2021,{ZHANG}")
    census.run()
    assert [(found["year"], found["place"]) for found in census.published("list_match")] == [(2019, ZHANG), (2021, ZHANG)]
    assert census("forget", "lists/a.csv").status == 0
    assert [(found["year"], found["place"]) for found in census.published("list_match")] == [(2021, ZHANG)]


def test_a_rulebook_that_comes_and_goes(census: Census) -> None:
    sell(with_rulebooks(census))
    census.lines("lists/a.csv", f"2019,{DING}")
    census.run()
    (census.folder / "rulebooks" / "in_9.toml").unlink()
    census.run()
    (found,) = census.published("list_match")
    assert [name for name in found if name.startswith("in_")] == ["in_aliresearch", "in_plain", "in_rulebook"]
