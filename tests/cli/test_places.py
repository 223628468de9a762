"""`census locate` and `census place`: what an address means and by which words; a place through the editions."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Census

CAO, DAJI = "371721", "371721101"
DIVISIONS = [
    ("37", "山东省"), ("3717", "菏泽市"), (CAO, "曹县"), (DAJI, "大集乡", 2018, 2019), (DAJI, "大集镇", 2020, 2021),
    (DAJI + "201", "丁楼村委会"), (DAJI + "202", "旧村委会", 2018, 2019), (DAJI + "203", "改村委会", 2020, 2021),
    (DAJI + "204", "孙庄村委会"), (DAJI + "205", "孙庄村民委员会"),
    ("371722", "单县"), ("371722100", "北城镇"), ("371722100201", "丁楼村委会"),
]  # fmt: skip


@pytest.fixture(scope="module")
def places(shared_census: Census, tmp_path_factory: pytest.TempPathFactory) -> Census:
    """Reference tables of two counties; nothing is delivered or published."""
    census = type(shared_census)(tmp_path_factory.mktemp("places") / "census")
    census.places(DIVISIONS, [(2020, DAJI + "202", DAJI + "203")])
    return census


def _rows(census: Census, *arguments: str) -> list[dict[str, Any]]:
    done = census(*arguments, "--json")
    assert done.status == 0, done.said
    return [json.loads(line) for line in done.out.splitlines()]


def test_an_address_and_the_words_that_it_was_found_by(places: Census) -> None:
    assert _rows(places, "locate", "曹县大集乡旧村12号") == [
        {
            "address": "曹县大集乡旧村12号",
            "edition": 2021,
            "code": DAJI + "203",
            "place": "山东省 菏泽市 曹县 大集镇 改村委会",
            "found_in": 2019,
            "words": "曹县 大集乡 旧村",
            "unread": "12号",
        }
    ]


def test_a_statistical_year_has_its_edition(places: Census) -> None:
    told = [_rows(places, "locate", "曹县大集乡旧村", "--year", year)[0] for year in ("2016", "2019", "2020", "2030")]
    assert [(row["edition"], row["code"][-3:]) for row in told] == [(2018, "202"), (2019, "202"), (2020, "203"), (2021, "203")]


def test_what_resolves_to_nothing_is_told_too(places: Census) -> None:
    (row,) = _rows(places, "locate", "山东省某县某村")
    assert (row["code"], row["place"], row["words"], row["unread"]) == (None, None, "山东省", "某县某村")


def test_codes_and_words_in_the_order_asked(places: Census) -> None:
    asked = ["单县北城镇丁楼村", CAO, "某地", "单县北城镇丁楼村"]
    assert [row["code"] for row in _rows(places, "locate", *asked)] == ["371722100201", CAO, None, "371722100201"]


def test_people_are_told_what_was_not_meant(places: Census) -> None:
    done = places("locate", "曹县大集镇孙庄村")
    assert done.status == 0
    assert "Not meant" in done.out
    assert done.out.count("as good as another: the level above them counts") == 2


def test_addresses_from_standard_input(places: Census, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("曹县\n单县\n"))
    assert [row["code"] for row in _rows(places, "locate")] == [CAO, "371722"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_column_of_a_file(places: Census, encoding: str) -> None:
    path = places.folder / f"{encoding}.csv"
    path.write_bytes('编号,注册地址\n1,"曹县,大集镇,丁楼村"\n2,\n'.encode(encoding))
    done = places("locate", "--file", str(path), "--column", "注册地址", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [(row["address"], row["code"]) for row in rows] == [("曹县,大集镇,丁楼村", DAJI + "201"), ("", "")]


def test_a_column_that_is_not_there(places: Census) -> None:
    path = places.folder / "other.csv"
    path.write_text("编号\n1\n", encoding="utf-8")
    done = places("locate", "--file", str(path))
    assert (done.status, "has no column 'address'; there are 编号" in done.said) == (2, True)
    assert places("locate", "--file", str(path) + "x").status == 2


@pytest.mark.parametrize("asked", [DAJI + "202", DAJI + "203", "山东省曹县大集乡旧村"])
def test_a_place_through_the_editions(places: Census, asked: str) -> None:
    told = [
        (row["edition"], row["code"][-3:], row["name"], row["above"][-3:], row["came_from"])
        for row in _rows(places, "place", asked)
    ]
    assert told == [
        (2018, "202", "旧村委会", "大集乡", None),
        (2019, "202", "旧村委会", "大集乡", None),
        (2020, "203", "改村委会", "大集镇", DAJI + "202"),
        (2021, "203", "改村委会", "大集镇", None),
    ]


@pytest.mark.parametrize("name", ["丁楼", "丁楼村", "丁楼村委会", "丁楼社区"])
def test_places_of_a_name(places: Census, name: str) -> None:
    told = [(row["code"], row["above"]) for row in _rows(places, "place", name)]
    assert told == [(DAJI + "201", "山东省 菏泽市 曹县 大集镇"), ("371722100201", "山东省 菏泽市 单县 北城镇")]


def test_a_place_that_no_edition_has(places: Census) -> None:
    done = places("place", "999999999999")
    assert (done.status, done.out) == (2, "")
    assert "no edition has a place '999999999999'" in done.err
