"""What became of the codes that an edition leaves behind, on editions small enough to be worked out by hand.

Two editions each, 2016 and 2017. A line is a division and its name; after a colon, the villages of a township, which get the
codes 201, 202 ... in this order. The divisions above are there too, named by their codes.
"""

from __future__ import annotations

import csv
import importlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import duckdb
import pyarrow.parquet as pq
import pytest

REFERENCE = Path(__file__).parents[2] / "data" / "reference"
sys.path.append(str(REFERENCE))
tables: ModuleType = importlib.import_module("reference_tables")
divisions: ModuleType = importlib.import_module("build_divisions")
build: ModuleType = importlib.import_module("build_successions")
review: ModuleType = importlib.import_module("review_successions")
measure: ModuleType = importlib.import_module("measure_successions")

HISTORY = "代码,一级行政区,二级行政区,名称,级别,状态,启用时间,变更/弃用时间,新代码\n"
OVERRIDES = "edition,old_code,new_code,source,note\n"

Succession = tuple[str, str, str]


def world(text: str) -> dict[str, str]:
    """Give the names of an edition's divisions by their codes."""
    names = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        division, _, villages = line.partition(":")
        code, name = division.split(" ", 1)
        names[code] = name.strip()
        for number, village in enumerate(villages.split(), 201):
            names[f"{code}{number}"] = village
    for code in list(names):
        for digits in (2, 4, 6, 9):
            if digits < len(code):
                names.setdefault(code[:digits], code[:digits])
    return names


class Builder:
    """Builds successions of written-out editions."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.con = con
        self.folder = folder

    def build(self, *editions: str, history: str = "", overrides: str = "") -> list[Succession]:
        for edition, text in enumerate(editions, 2016):
            for code, name in world(text).items():
                self.con.execute("insert into published values ($1, $2, $3, $4, parent_of($3))", [edition, len(code), code, name])
        divisions.build_editions(self.con)
        (self.folder / "history.csv").write_text("\ufeff" + HISTORY + history, encoding="utf-8")
        (self.folder / "overrides.csv").write_text(OVERRIDES + overrides, encoding="utf-8")
        build.build_successions(self.con, self.folder / "history.csv")
        review.apply_overrides(self.con, self.folder / "overrides.csv")
        review.check_successions(self.con)
        review.build_review(self.con)
        review.check_review(self.con)
        return self.con.sql("select old_code, new_code, method from successions order by all").fetchall()

    def to_review(self) -> list[Succession]:
        return self.con.sql("select old_code, reason, candidates from review order by all").fetchall()


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[Builder]:
    with tables.connect() as con:
        con.execute("set threads = 1")  # the worlds are small
        yield Builder(con, tmp_path)


class TestVillagesOfATownship:
    def test_one_of_the_same_name_is_linked(self, builder: Builder) -> None:
        before = "330100001 东镇\n330100001201 甲村委会"
        after = "330100001 东镇\n330100001001 甲村委会"
        assert builder.build(before, after) == [("330100001201", "330100001001", "township")]

    def test_one_whose_code_stands_needs_no_link_whatever_its_name(self, builder: Builder) -> None:
        before = "330100001 东镇: 甲村委会 乙村委会 丙村委会"
        after = "330100001 东镇: 甲社区 乙村民委员会 丁村委会"
        assert builder.build(before, after) == []
        assert builder.to_review() == []

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("甲村委会", "甲村民委员会"),
            ("甲村委会", "甲村村民委员会"),
            ("甲村村委会", "甲村"),
            ("甲行政村", "甲村委会"),
            ("甲嘎查村委会", "甲嘎查"),
            ("甲社区村委会", "甲村民委员会"),
            ("甲居委会", "甲社区居民委员会"),
            ("甲社区", "甲社区居委会"),
        ],
    )
    def test_one_spelled_otherwise_is_linked(self, builder: Builder, old: str, new: str) -> None:
        before = f"330100001 东镇\n330100001201 {old}"
        after = f"330100001 东镇\n330100001202 {new}"
        assert builder.build(before, after) == [("330100001201", "330100001202", "respelled")]

    @pytest.mark.parametrize(
        ("old", "new"), [("甲村委会", "甲社区居委会"), ("甲居委会", "甲村村民委员会"), ("甲农场", "甲农场社区")]
    )
    def test_one_of_another_kind_is_linked(self, builder: Builder, old: str, new: str) -> None:
        before = f"330100001 东镇\n330100001201 {old}"
        after = f"330100001 东镇\n330100001001 {new}"
        assert builder.build(before, after) == [("330100001201", "330100001001", "converted")]

    def test_one_of_another_kind_is_not_linked_to_what_stood_before(self, builder: Builder) -> None:
        """甲社区 was there beside 甲村: the village may have been merged into it."""
        before = "330100001 东镇\n330100001001 甲社区\n330100001201 甲村委会"
        after = "330100001 东镇\n330100001001 甲社区"
        assert builder.build(before, after) == []
        assert builder.to_review() == [("330100001201", "taken", "330100001001")]

    def test_two_new_ones_of_the_stem_are_ambiguous(self, builder: Builder) -> None:
        before = "330100001 东镇\n330100001201 甲村委会\n330100001210 乙村委会"
        after = "330100001 东镇\n330100001001 甲社区\n330100001002 甲村社区居委会\n330100001210 乙村委会"
        assert builder.build(before, after) == []
        assert builder.to_review() == [("330100001201", "ambiguous", "330100001001;330100001002")]

    def test_two_old_ones_of_the_stem_are_in_conflict(self, builder: Builder) -> None:
        before = "330100001 东镇\n330100001201 甲村委会\n330100001202 甲村村委会\n330100001210 乙村委会"
        after = "330100001 东镇\n330100001001 甲社区\n330100001210 乙村委会"
        assert builder.build(before, after) == []
        assert builder.to_review() == [
            ("330100001201", "conflict", "330100001001"),
            ("330100001202", "conflict", "330100001001"),
        ]

    def test_the_full_name_tells_apart_what_the_spelling_does_not(self, builder: Builder) -> None:
        before = "330100001 东镇\n330100001201 甲村委会\n330100001202 甲村村委会"
        after = "330100001 东镇\n330100001203 甲村委会\n330100001204 甲村村委会"
        assert builder.build(before, after) == [
            ("330100001201", "330100001203", "township"),
            ("330100001202", "330100001204", "township"),
        ]

    def test_one_that_is_gone_is_to_review(self, builder: Builder) -> None:
        before = "330100001 东镇: 甲村委会 乙村委会"
        after = "330100001 东镇: 甲村委会"
        assert builder.build(before, after) == []
        assert builder.to_review() == [("330100001202", "no_candidate", "")]

    def test_each_edition_is_linked_to_the_one_before_alone(self, builder: Builder) -> None:
        one, other = "330100001 东镇\n330100001201 甲村委会", "330100001 东镇\n330100001001 甲村委会"
        assert builder.build(one, "330100001 东镇\n330100001202 乙村委会", other) == []


class TestRecycledCodes:
    def test_the_old_name_is_followed(self, builder: Builder) -> None:
        """甲 passes to a new code. The old one goes to a village that is new."""
        before = "330100001 东镇\n330100001201 甲子村委会\n330100001202 乙丑村委会"
        after = "330100001 东镇\n330100001201 丙寅村委会\n330100001202 乙丑村委会\n330100001203 甲子村委会"
        assert builder.build(before, after) == [("330100001201", "330100001203", "recycled")]

    def test_a_swap_is_two_rows(self, builder: Builder) -> None:
        before = "330100001 东镇: 甲村委会 乙村委会"
        after = "330100001 东镇: 乙村委会 甲村委会"
        assert builder.build(before, after) == [
            ("330100001201", "330100001202", "recycled"),
            ("330100001202", "330100001201", "recycled"),
        ]

    def test_a_row_of_villages_that_moves_up_by_one(self, builder: Builder) -> None:
        before = "330100001 东镇: 甲子村委会 乙丑村委会 丙寅村委会"
        after = "330100001 东镇: 乙丑村村委会 丙寅村村委会"
        assert builder.build(before, after) == [
            ("330100001202", "330100001201", "recycled"),
            ("330100001203", "330100001202", "respelled"),
        ]
        assert builder.to_review() == [("330100001201", "replaced", "")]

    def test_the_code_of_one_that_is_gone_is_to_review(self, builder: Builder) -> None:
        """甲 is gone and its code now 乙's: no row can say that it ends, and it is followed as 乙."""
        before = "330100001 东镇: 甲村委会 乙村委会"
        after = "330100001 东镇: 乙村委会"
        assert builder.build(before, after) == [("330100001202", "330100001201", "township")]
        assert builder.to_review() == [("330100001201", "replaced", "")]

    def test_two_renamed_at_once_may_look_like_it(self, builder: Builder) -> None:
        """赵庄 is told from a new 赵庄 by its new name 东赵庄, or else 东赵庄 is new and 赵庄 moved: nobody can tell."""
        before = "330100001 东镇\n330100001201 赵庄村委会"
        after = "330100001 东镇\n330100001201 东赵庄村委会\n330100001202 赵庄村委会"
        assert builder.build(before, after) == []
        assert builder.to_review() == [("330100001201", "renamed_or_recycled", "330100001202")]

    def test_two_of_like_names_renamed_at_once(self, builder: Builder) -> None:
        """李庄 and 东李庄 become 西李庄 and 李庄."""
        before = "330100001 东镇: 李庄村委会 东李庄村委会"
        after = "330100001 东镇: 西李庄村委会 李庄村委会"
        assert builder.build(before, after) == []
        assert builder.to_review() == [("330100001201", "renamed_or_recycled", "330100001202")]

    def test_a_swap_of_like_names_is_certain(self, builder: Builder) -> None:
        before = "330100001 东镇: 李庄村委会 东李庄村委会"
        after = "330100001 东镇: 东李庄村委会 李庄村委会"
        assert [(old, new) for old, new, _ in builder.build(before, after)] == [
            ("330100001201", "330100001202"),
            ("330100001202", "330100001201"),
        ]

    def test_the_old_name_in_another_township_is_to_review(self, builder: Builder) -> None:
        before = "330100001 东镇: 甲子村委会 乙丑村委会\n330100002 西镇: 丙寅村委会"
        after = "330100001 东镇: 丁卯村委会 乙丑村委会\n330100002 西镇: 丙寅村委会 甲子村委会"
        assert builder.build(before, after) == []
        assert builder.to_review() == [("330100001201", "renamed_or_recycled", "330100002202")]

    def test_three_old_names_in_another_township_are_followed(self, builder: Builder) -> None:
        before = "330100001 东镇: 甲子村委会 乙丑村委会 丙寅村委会 丁卯村委会\n330100002 西镇: 戊辰村委会"
        after = "330100001 东镇: 己巳村委会 庚午村委会 辛未村委会 丁卯村委会\n330100002 西镇: 戊辰村委会 甲子村委会 乙丑村委会 丙寅村委会"
        assert builder.build(before, after) == [
            ("330100001201", "330100002202", "recycled"),
            ("330100001202", "330100002203", "recycled"),
            ("330100001203", "330100002204", "recycled"),
        ]


class TestVillagesThatMove:
    """东镇 and 西镇 both go on, unless it is told otherwise."""

    stay = "戊村委会 己村委会 庚村委会"

    def move(self, builder: Builder, moved: str, before: str = "", after: str = "", **given: str) -> list[Succession]:
        return builder.build(
            f"330100001 东镇: {self.stay} {moved}\n330100002 西镇: 壬村委会 癸村委会\n{before}",
            f"330100001 东镇: {self.stay}\n330100002 西镇: 壬村委会 癸村委会 {moved}\n{after}",
            **given,
        )

    def test_one_alone_may_be_a_coincidence(self, builder: Builder) -> None:
        assert self.move(builder, "甲村委会") == []
        assert builder.to_review() == [("330100001204", "unsupported", "330100002203")]

    def test_two_are_linked(self, builder: Builder) -> None:
        assert self.move(builder, "甲村委会 乙村委会") == [
            ("330100001204", "330100002203", "county"),
            ("330100001205", "330100002204", "county"),
        ]

    def test_two_are_not_where_others_seem_to_move_alone(self, builder: Builder) -> None:
        before = "330100003 南镇: 午村委会 子村委会\n330100004 北镇: 未村委会 丑村委会\n330100005 中镇: 申村委会"
        after = "330100003 南镇: 午村委会\n330100004 北镇: 未村委会\n330100005 中镇\n330100005201 申村委会\n330100005205 子村委会\n330100005206 丑村委会"
        assert self.move(builder, "甲村委会 乙村委会", before, after) == []

    def test_a_name_that_another_village_has_is_not_enough(self, builder: Builder) -> None:
        other = "330100003 南镇: 甲村委会 午村委会"
        assert self.move(builder, "甲村委会 乙村委会", other, other) == []

    def test_a_name_that_another_village_has_is_told_by_three_others(self, builder: Builder) -> None:
        other = "330100003 南镇: 甲村委会 午村委会"
        rows = self.move(builder, "甲村委会 乙村委会 丙村委会 丁村委会", other, other)
        assert [(old[-3:], new[-3:], method) for old, new, method in rows] == [
            ("204", "203", "county"),
            ("205", "204", "county"),
            ("206", "205", "county"),
            ("207", "206", "county"),
        ]

    def test_of_another_kind_three_are_linked(self, builder: Builder) -> None:
        before = f"330100001 东镇: {self.stay} 甲村委会 乙村委会 丙村委会\n330100002 西镇: 壬村委会"
        after = f"330100001 东镇: {self.stay}\n330100002 西镇: 壬村委会 甲社区 乙社区 丙村委会"
        assert builder.build(before, after) == [
            ("330100001204", "330100002202", "converted"),
            ("330100001205", "330100002203", "converted"),
            ("330100001206", "330100002204", "county"),
        ]

    def test_one_alone_is_linked_to_a_new_township(self, builder: Builder) -> None:
        before = f"330100001 东镇: {self.stay} 甲村委会"
        after = f"330100001 东镇: {self.stay}\n330100003 南镇: 甲村委会 午村委会"
        assert builder.build(before, after) == [("330100001204", "330100003201", "county")]

    def test_one_alone_of_a_township_that_is_gone_is_linked(self, builder: Builder) -> None:
        before = "330100001 东镇: 甲村委会 乙村委会\n330100002 西镇: 壬村委会 癸村委会"
        after = "330100002 西镇: 壬村委会 癸村委会 甲村委会"
        assert builder.build(before, after) == [("330100001201", "330100002203", "county")]
        assert builder.to_review() == [("330100001", "unsupported", "330100002"), ("330100001202", "no_candidate", "")]

    def test_a_township_that_is_divided(self, builder: Builder) -> None:
        before = (
            "330100001 东镇: 甲村委会 乙村委会 丙村委会 丁村委会\n330100002 西镇: 壬村委会 癸村委会\n330100003 南镇: 午村委会"
        )
        after = "330100002 西镇: 壬村委会 癸村委会 甲村委会 乙村委会\n330100003 南镇: 午村委会 丙村委会 丁村委会"
        assert builder.build(before, after) == [
            ("330100001201", "330100002203", "county"),
            ("330100001202", "330100002204", "county"),
            ("330100001203", "330100003202", "county"),
            ("330100001204", "330100003203", "county"),
        ]
        assert builder.to_review() == [("330100001", "split", "330100002;330100003")]

    @pytest.mark.parametrize(("moved", "linked"), [("甲村委会 乙村委会", 0), ("甲村委会 乙村委会 丙村委会", 3)])
    def test_to_another_county_three_are_linked(self, builder: Builder, moved: str, linked: int) -> None:
        rows = builder.build(
            f"330100001 东镇: {self.stay} {moved}\n330200001 西镇: 壬村委会\n330101001 南镇: 午村委会",
            f"330100001 东镇: {self.stay}\n330200001 西镇: 壬村委会\n330101001 南镇: 午村委会 {moved}",
        )
        assert [(old, new, method) for old, new, method in rows] == [
            (f"33010000120{number}", f"33010100120{number - 2}", "prefecture") for number in range(4, 4 + linked)
        ]

    @pytest.mark.parametrize(("year", "linked"), [("2017", 2), ("2013", 0), ("2018", 0)])
    def test_to_another_county_two_if_its_history_tells_so(self, builder: Builder, year: str, linked: int) -> None:
        rows = builder.build(
            f"330100001 东镇: {self.stay} 甲村委会 乙村委会\n330101001 南镇: 午村委会",
            f"330100001 东镇: {self.stay}\n330101001 南镇: 午村委会 甲村委会 乙村委会",
            history=f"330100,浙江省,,东县,县级,在用,1983,,330101[{year}]\n",
        )
        assert len(rows) == linked

    def test_to_another_prefecture_none_is(self, builder: Builder) -> None:
        moved = "甲村委会 乙村委会 丙村委会"
        rows = builder.build(
            f"330100001 东镇: {self.stay} {moved}\n330200001 西镇: 壬村委会",
            f"330100001 东镇: {self.stay}\n330200001 西镇: 壬村委会 {moved}",
        )
        assert rows == []


class TestTownships:
    def test_one_recoded_takes_its_villages_along(self, builder: Builder) -> None:
        """东镇 and 西镇 each have a 新村委会, which in the county alone would be ambiguous."""
        before = "330100001 东镇: 新村委会 甲村委会\n330100002 西镇: 新村委会"
        after = "330100101 东镇: 新村委会 甲村村委会\n330100102 西镇: 新村委会"
        assert builder.build(before, after) == [
            ("330100001", "330100101", "county"),
            ("330100001201", "330100101201", "recoded_township"),
            ("330100001202", "330100101202", "respelled"),
            ("330100002", "330100102", "county"),
            ("330100002201", "330100102201", "recoded_township"),
        ]

    def test_an_office_is_a_street(self, builder: Builder) -> None:
        before, after = "330100001 东街道办事处: 甲村委会", "330100002 东街道: 甲村委会"
        assert builder.build(before, after)[0] == ("330100001", "330100002", "county")

    def test_a_namesake_without_its_villages_is_another(self, builder: Builder) -> None:
        """A new 东镇 has one village of the old; the others are in 西镇."""
        before = "330100001 东镇: 甲村委会 乙村委会 丙村委会 丁村委会\n330100002 西镇: 壬村委会"
        after = "330100003 东镇: 甲村委会 午村委会\n330100002 西镇: 壬村委会 乙村委会 丙村委会 丁村委会"
        rows = builder.build(before, after)
        assert [row for row in rows if len(row[0]) == 9] == []
        assert ("330100001", "split", "330100002;330100003") in builder.to_review()

    def test_two_that_exchange_their_codes(self, builder: Builder) -> None:
        """甲村 keeps its code and name, but is another place now: it is in the other 甲村's township."""
        before = "330100001 东镇: 甲村委会 乙村委会\n330100002 西镇: 甲村委会 丙村委会"
        after = "330100001 西镇: 甲村委会 丙村委会\n330100002 东镇: 甲村委会 乙村委会"
        assert builder.build(before, after) == [
            ("330100001", "330100002", "recycled"),
            ("330100001201", "330100002201", "recycled"),
            ("330100001202", "330100002202", "recycled"),
            ("330100002", "330100001", "recycled"),
            ("330100002201", "330100001201", "recycled"),
            ("330100002202", "330100001202", "recycled"),
        ]

    def test_one_renamed_in_place_still_tells_its_villages_apart(self, builder: Builder) -> None:
        before = "330100001 东乡\n330100001201 新村委会\n330100002 西镇\n330100002201 新村委会"
        after = "330100001 东镇\n330100001001 新村委会\n330100002 西镇\n330100002001 新村委会"
        assert builder.build(before, after) == [
            ("330100001201", "330100001001", "township"),
            ("330100002201", "330100002001", "township"),
        ]

    def test_one_of_another_kind(self, builder: Builder) -> None:
        before = "330100201 东乡: 甲村委会 乙村委会"
        after = "330100101 东镇: 甲村委会 丙村委会"
        assert builder.build(before, after)[0] == ("330100201", "330100101", "converted")

    def test_one_of_another_kind_is_not_linked_where_another_has_the_stem(self, builder: Builder) -> None:
        before = "330100101 东镇: 壬村委会\n330100201 东乡: 甲村委会 乙村委会"
        after = "330100101 东镇: 壬村委会\n330100001 东街道: 甲村委会 丙村委会"
        assert [row for row in builder.build(before, after) if len(row[0]) == 9] == []

    def test_one_of_another_kind_that_is_divided_is_not_linked(self, builder: Builder) -> None:
        before = "330100101 东镇: 甲村委会 乙村委会 丙村委会 丁村委会"
        after = "330100001 东街道: 甲村委会 乙村委会\n330100002 西街道: 丙村委会 丁村委会"
        assert [row for row in builder.build(before, after) if len(row[0]) == 9] == []
        assert builder.to_review() == [("330100101", "split", "330100001;330100002")]

    def test_one_of_another_name_is_known_by_its_villages(self, builder: Builder) -> None:
        before = "330100201 东乡: 甲村委会 乙村委会 丙村委会 丁村委会 戊村委会"
        after = "330100101 古大湖镇: 甲村委会 乙村民委员会 丙村委会 丁村委会 午村委会"
        assert builder.build(before, after) == [
            ("330100201", "330100101", "recoded_township"),
            ("330100201201", "330100101201", "recoded_township"),
            ("330100201202", "330100101202", "respelled"),
            ("330100201203", "330100101203", "recoded_township"),
            ("330100201204", "330100101204", "recoded_township"),
        ]

    def test_half_its_villages_do_not_tell_one_of_another_name(self, builder: Builder) -> None:
        before = "330100201 东乡: 甲村委会 乙村委会 丙村委会 丁村委会"
        after = "330100101 古大湖镇: 甲村委会 乙村委会 午村委会 未村委会"
        assert [row for row in builder.build(before, after) if len(row[0]) == 9] == []
        assert builder.to_review()[0] == ("330100201", "unsupported", "330100101")

    def test_villages_that_others_have_too_do_not_tell_one_of_another_name(self, builder: Builder) -> None:
        companies = "一连 二连 三连 四连"
        before = f"330100501 一团: {companies}\n330100502 二团: {companies}"
        after = f"330100101 东镇: {companies}\n330100102 西镇: {companies}"
        assert builder.build(before, after) == []
        assert {reason for _, reason, _ in builder.to_review()} == {"no_candidate", "ambiguous"}

    def test_one_merged_into_another(self, builder: Builder) -> None:
        before = "330100001 东镇: 甲村委会 乙村委会 丙村委会 丁村委会\n330100002 西镇: 甲村委会 壬村委会"
        after = "330100002 西镇: 甲村委会 壬村委会 乙村委会 丙村委会 丁村委会"
        assert builder.build(before, after) == [
            ("330100001", "330100002", "merged_township"),
            ("330100001202", "330100002203", "recoded_township"),
            ("330100001203", "330100002204", "recoded_township"),
            ("330100001204", "330100002205", "recoded_township"),
        ]
        assert builder.to_review() == [("330100001201", "taken", "330100002201")]

    def test_one_to_another_county(self, builder: Builder) -> None:
        before = "330100001 东镇: 甲村委会 乙村委会 丙村委会\n330100002 北镇: 辰村委会\n330101001 西镇: 壬村委会"
        after = "330100002 北镇: 辰村委会\n330101001 西镇: 壬村委会\n330101002 东镇: 甲村委会 乙村委会 丙村委会"
        assert builder.build(before, after) == [
            ("330100001", "330101002", "prefecture"),
            ("330100001201", "330101002201", "recoded_township"),
            ("330100001202", "330101002202", "recoded_township"),
            ("330100001203", "330101002203", "recoded_township"),
        ]

    @pytest.mark.parametrize(
        ("villages", "linked"), [("甲村委会 乙村委会 丙村委会", True), ("甲村委会 午村委会 未村委会", False)]
    )
    def test_one_of_the_same_name_and_villages_elsewhere_in_the_province(
        self, builder: Builder, villages: str, linked: bool
    ) -> None:
        before = "330100001 东镇: 甲村委会 乙村委会 丙村委会 丁村委会\n330100002 北镇: 辰村委会\n330200001 西镇: 壬村委会"
        after = f"330100002 北镇: 辰村委会\n330200001 西镇: 壬村委会\n330200002 东镇: {villages}"
        rows = builder.build(before, after)
        assert rows[:1] == ([("330100001", "330200002", "province")] if linked else [])


class TestCounties:
    before = "330121 东县\n330121001 东镇: 甲村委会 乙村委会 丙村委会\n330121002 西镇: 丁村委会 戊村委会"
    after = "330110 东区\n330110001 东镇: 甲村委会 乙村委会 丙村委会\n330110002 西镇: 丁村委会 戊村村委会"
    became = "330121,浙江省,杭州市,东县,县级,弃用,1983,2017,330110\n"

    def test_one_recoded_takes_all_along(self, builder: Builder) -> None:
        assert builder.build(self.before, self.after, history=self.became) == [
            ("330121", "330110", "history"),
            ("330121001", "330110001", "recoded_county"),
            ("330121001201", "330110001201", "recoded_county"),
            ("330121001202", "330110001202", "recoded_county"),
            ("330121001203", "330110001203", "recoded_county"),
            ("330121002", "330110002", "recoded_county"),
            ("330121002201", "330110002201", "recoded_county"),
            ("330121002202", "330110002202", "respelled"),
        ]

    def test_without_its_history_townships_are_known_by_their_villages(self, builder: Builder) -> None:
        assert builder.build(self.before, self.after) == [
            ("330121001", "330110001", "prefecture"),
            ("330121001201", "330110001201", "recoded_township"),
            ("330121001202", "330110001202", "recoded_township"),
            ("330121001203", "330110001203", "recoded_township"),
        ]
        assert builder.to_review()[:2] == [("330121", "unsupported", "330110"), ("330121002", "no_candidate", "")]

    @pytest.mark.parametrize("year", ["2013", "2018"])
    def test_another_year_s_history_says_nothing(self, builder: Builder, year: str) -> None:
        rows = builder.build(self.before, self.after, history=self.became.replace("2017", year))
        assert [row for row in rows if len(row[0]) == 6] == []

    def test_one_divided_goes_nowhere(self, builder: Builder) -> None:
        """The year in brackets is that of a part that left before, and does not count."""
        history = self.became.replace("330110\n", "330103[2004];330110;330105\n")
        rows = builder.build(self.before, self.after + "\n330105001 南镇: 午村委会", history=history)
        assert [row for row in rows if len(row[0]) == 6] == []
        assert builder.to_review()[0] == ("330121", "split", "330110;330105")

    def test_history_that_names_do_not_bear_out_says_nothing(self, builder: Builder) -> None:
        rows = builder.build(
            self.before, self.after + "\n330105001 南镇: 午村委会", history=self.became.replace("330110", "330105")
        )
        assert [row for row in rows if len(row[0]) == 6] == []

    def test_two_into_one_is_a_merger(self, builder: Builder) -> None:
        before = "330103001 东镇: 甲村委会\n330104001 西镇: 乙村委会"
        after = "330105001 东镇: 甲村委会\n330105002 西镇: 乙村委会"
        history = "330103,浙江省,,东区,县级,弃用,1983,2016,330105\n330104,浙江省,,西区,县级,弃用,1983,2016,330105\n"
        assert [row for row in builder.build(before, after, history=history) if len(row[0]) == 6] == [
            ("330103", "330105", "history"),
            ("330104", "330105", "history"),
        ]

    def test_one_unknown_to_history_is_known_by_its_name_and_villages(self, builder: Builder) -> None:
        before = "330171 东开发区\n330171001 东镇: 甲村委会 乙村委会"
        after = "330176 东开发区\n330176001 东镇: 甲村委会 乙村委会"
        assert builder.build(before, after)[0] == ("330171", "330176", "prefecture")

    def test_a_namesake_with_other_villages_is_another(self, builder: Builder) -> None:
        before = "330171 东开发区\n330171001 东镇: 甲村委会 乙村委会"
        after = "330176 东开发区\n330176001 西镇: 午村委会 未村委会"
        assert builder.build(before, after) == []

    def test_one_whose_code_passes_to_another(self, builder: Builder) -> None:
        """加格达奇区 gives its code to 漠河."""
        before = "232701 加格达奇区\n232701001 东镇: 甲村委会\n232723 漠河县\n232723001 西镇: 乙村委会"
        after = "232761 加格达奇区\n232761001 东镇: 甲村委会\n232701 漠河市\n232701001 西镇: 乙村委会"
        history = "232723,黑龙江省,,漠河县,县级,弃用,1981,2017,232701\n"
        assert builder.build(before, after, history=history) == [
            ("232701", "232761", "recycled"),
            ("232701001", "232761001", "recycled"),
            ("232701001201", "232761001201", "recycled"),
            ("232723", "232701", "history"),
            ("232723001", "232701001", "recoded_county"),
            ("232723001201", "232701001201", "recoded_county"),
        ]

    def test_a_prefecture_becomes_that_of_all_its_counties(self, builder: Builder) -> None:
        before = "542421001 东镇: 甲村委会\n542422001 西镇: 乙村委会"
        after = "540602001 东镇: 甲村委会\n540621001 西镇: 乙村委会"
        history = "542421,西藏自治区,,那曲县,县级,弃用,1981,2017,540602\n542422,西藏自治区,,嘉黎县,县级,弃用,1981,2017,540621\n"
        assert builder.build(before, after, history=history)[0] == ("5424", "5406", "counties")


class TestOverrides:
    before = "330100001 东镇: 甲村委会 乙村委会"
    after = "330100001 东镇: 甲村委会\n330100001001 乙社区\n330100001002 丙社区"

    def test_a_code_without_successor_gets_one(self, builder: Builder) -> None:
        before = "330100001 东镇: 甲村委会 乙村委会"
        after = "330100001 东镇: 甲村委会\n330100001001 丙社区"
        assert builder.build(before, after, overrides="2017,330100001202,330100001001,县志,\n") == [
            ("330100001202", "330100001001", "override")
        ]
        assert builder.to_review() == []

    def test_what_the_build_found_is_replaced(self, builder: Builder) -> None:
        assert builder.build(self.before, self.after, overrides="2017,330100001202,330100001002,县志,\n") == [
            ("330100001202", "330100001002", "override")
        ]

    def test_what_the_build_found_is_dropped(self, builder: Builder) -> None:
        assert builder.build(self.before, self.after, overrides="2017,330100001202,,县志,merged\n") == []
        assert builder.to_review() == [("330100001202", "overridden", "")]

    def test_a_code_may_become_several(self, builder: Builder) -> None:
        overrides = "2017,330100001202,330100001001,县志,\n2017,330100001202,330100001002,县志,\n"
        assert builder.build(self.before, self.after, overrides=overrides) == [
            ("330100001202", "330100001001", "override"),
            ("330100001202", "330100001002", "override"),
        ]

    @pytest.mark.parametrize(
        ("overrides", "why"),
        [
            ("2017,330100001202,330100001001,县志,\n", "line 2: the build finds the same by itself"),
            ("2017,330100001201,,县志,\n", "line 2: the build finds the same by itself"),
            ("2017,330100001202,330100001002,,\n", "line 2: no source"),
            ("2017,330100001203,330100001002,县志,\n", "line 2: the old code does not stand in the edition before"),
            ("2018,330100001202,330100001002,县志,\n", "line 2: the old code does not stand in the edition before"),
            ("2017,330100001202,330100001003,县志,\n", "line 2: the new code does not stand in the edition"),
            ("2017,330100001202,330100001,县志,\n", "line 2: the codes are of different levels"),
            ("2017,330100001202,330100001002,县志,\n" * 2, "line 3: the row is there twice"),
            ("2017,330100001202,330100001002,县志,\n2017,330100001202,,县志,\n", "line 3: a code has both a successor and none"),
            ("2017,330100001202,330100001002,县志\n", "line 2: not a row of 5 values with an edition"),
            ("next,330100001202,330100001002,县志,\n", "line 2: not a row of 5 values with an edition"),
        ],
    )
    def test_one_that_does_not_fit_stops_the_build(self, builder: Builder, overrides: str, why: str) -> None:
        with pytest.raises(tables.BuildError, match=re.escape(why)):
            builder.build(self.before, self.after, overrides=overrides)

    def test_other_columns_stop_the_build(self, builder: Builder) -> None:
        builder.build(self.before, self.after)
        path = builder.folder / "overrides.csv"
        path.write_text("edition,old_code,new_code,source\n", encoding="utf-8")
        with pytest.raises(tables.BuildError, match="the columns are not edition, old_code, new_code, source, note"):
            review.apply_overrides(builder.con, path)


class TestPromises:
    @pytest.mark.parametrize(
        ("row", "promise"),
        [
            ("(2017, '330100001202', '330100001001', 'township')", "row twice: 1"),
            ("(2017, '330100001202', '330100001002', 'township')", "old code with several successors: 1"),
            ("(2017, '330100001201', '330100001001', 'recycled')", "new village code with several predecessors: 1"),
            ("(2017, '330100001299', '330100001002', 'township')", "succession from a code that did not stand: 1"),
            ("(2017, '330100001201', '330100001299', 'recycled')", "succession to a code that does not stand: 1"),
            ("(2017, '330100001201', '330100001201', 'recycled')", "succession from a code to itself: 1"),
            ("(2017, '330100001201', '330100001', 'recycled')", "succession to another level: 1"),
            ("(2017, '330100001201', '330100001002', 'township')", "is not told to be recycled, or the reverse: 1"),
            ("(2017, '330100001202', '330100001201', 'township')", "stood before under the same name, other than by merger: 1"),
            ("(2017, '330100001201', '330100001002', 'guessed')", "unknown method: 1"),
        ],
    )
    def test_a_row_that_breaks_one_stops_the_build(self, builder: Builder, row: str, promise: str) -> None:
        builder.build(TestOverrides.before, TestOverrides.after)
        builder.con.execute(f"insert into successions values {row}")
        with pytest.raises(tables.BuildError, match=re.escape(promise)):
            review.check_successions(builder.con)

    def test_a_code_that_disappeared_without_a_trace_stops_the_build(self, builder: Builder) -> None:
        builder.build("330100001 东镇: 甲村委会 乙村委会", "330100001 东镇: 甲村委会")
        builder.con.execute("delete from review")
        with pytest.raises(tables.BuildError, match="code that disappeared without a trace: 1"):
            review.check_review(builder.con)


class TestMeasures:
    """In 2017 乙 gets another code and 丁 goes to a county that the history tells of; in 2018 丙 is gone."""

    editions = (
        "330101001 东镇: 甲村委会 乙村委会 丙村委会 丁村委会\n330102001 西镇: 戊村委会",
        "330101001 东镇\n330101001201 甲村委会\n330101001205 乙村委会\n330101001203 丙村委会\n330102001 西镇: 戊村委会 丁村委会",
        "330101001 东镇\n330101001201 甲村委会\n330101001205 乙村委会\n330102001 西镇: 戊村委会 丁村委会",
    )
    history = "330101,浙江省,,东区,县级,在用,1983,,330102[2017]\n330102,浙江省,,西区,县级,在用,1983,,\n"
    overrides = "2017,330101001204,330102001202,县志,\n"

    def measures(self, builder: Builder) -> list[tuple[str, ...]]:
        builder.build(*self.editions, history=self.history, overrides=self.overrides)
        measure.build_measures(builder.con)
        return list(measure.tell_measures(builder.con))

    def test_each_is_counted(self, builder: Builder) -> None:
        assert self.measures(builder) == [
            ("edition", "level", "measure", "count"),
            ("2017", "village", "across counties", "1"),
            ("2017", "village", "across counties as the history tells", "1"),
            ("2017", "village", "across counties that the history knows", "1"),
            ("2017", "village", "by override", "1"),
            ("2017", "village", "by township", "1"),
            ("2017", "village", "disappeared", "2"),
            ("2017", "village", "linked", "2"),
            ("2017", "village", "new", "2"),
            ("2018", "village", "disappeared", "1"),
            ("2018", "village", "review no_candidate", "1"),
            ("", "village", "ends", "1"),
            ("", "village", "followed to the newest by successions", "2"),
            ("", "village", "followed to the newest under its own code", "2"),
            ("", "village", "in the oldest edition", "5"),
        ]

    def test_those_known_pass_and_others_stop_the_build(self, builder: Builder, tmp_path: Path) -> None:
        self.measures(builder)
        known = tmp_path / "measures.csv"
        divisions.write_measures(builder.con, known)
        measure.check_measures(builder.con, known)
        known.write_text(known.read_text(encoding="utf-8").replace("by township,1", "by township,2"), encoding="utf-8")
        with pytest.raises(tables.BuildError, match=r"2017, village, by township, 1\n  2017, village, by township, 2"):
            measure.check_measures(builder.con, known)

    def test_they_are_told_in_tables(self, builder: Builder) -> None:
        self.measures(builder)
        told = measure.tell_successions(builder.con)
        assert "| 2017 | village | 2 | 2 | 2 | 100.0 % | 0 |" in told
        assert "villages followed to the newest by successions: 2 of 5 (40.0 %)" in told


class TestBundled:
    """The tables that are shipped agree with each other and with what is written of them."""

    def test_methods_and_reasons_are_explained(self) -> None:
        text = (REFERENCE / "README.md").read_text(encoding="utf-8")
        words = {*(method for methods in build.METHODS.values() for method in methods), build.OVERRIDE, *review.REASONS}
        assert [word for word in sorted(words) if f"| `{word}` |" not in text] == []

    def test_rows_are_as_many_as_the_measures_say(self) -> None:
        levels = {level.digits: level.name for level in tables.LEVELS}
        found = Counter()
        for row in pq.read_table(REFERENCE / "successions.parquet", columns=["edition", "old_code", "method"]).to_pylist():
            found[str(row["edition"]), levels[len(row["old_code"])], f"by {row['method']}"] += 1
        for row in pq.read_table(REFERENCE / "successions-review.parquet", columns=["edition", "level", "reason"]).to_pylist():
            found[str(row["edition"]), row["level"], f"review {row['reason']}"] += 1
        with (REFERENCE / "successions-measures.csv").open(encoding="utf-8", newline="") as file:
            known = {(row["edition"], row["level"], row["measure"]): int(row["count"]) for row in csv.DictReader(file)}
        assert found == {key: count for key, count in known.items() if key[2].startswith(("by ", "review "))}

    def test_overrides_are_in_the_table(self) -> None:
        rows = pq.read_table(REFERENCE / "successions.parquet").to_pylist()
        overridden = {(str(row["edition"]), row["old_code"], row["new_code"]) for row in rows if row["method"] == build.OVERRIDE}
        with (REFERENCE / "successions-overrides.csv").open(encoding="utf-8", newline="") as file:
            decided = {(row["edition"], row["old_code"], row["new_code"]) for row in csv.DictReader(file) if row["new_code"]}
        assert overridden == decided
