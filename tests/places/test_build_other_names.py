"""How `other_names.parquet` and `former_codes.parquet` are built from the county code history and the reviewed names."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.parquet as pq
import pytest

from flows.engine import ROOT

sys.path.append(str(ROOT / "data" / "reference"))
build: ModuleType = importlib.import_module("build_other_names")

HEADER = "代码,一级行政区,二级行政区,名称,级别,状态,启用时间,变更/弃用时间,新代码\n"
STANDING = {"3301": {"杭州市"}, "330111": {"富阳区"}, "3401": {"合肥市"}, "340124": {"庐江县"}, "340522": {"含山县"}}


def _history(tmp_path: Path, *lines: str) -> list[Any]:
    path = tmp_path / "history.csv"
    path.write_text(HEADER + "".join(line + "\n" for line in lines), encoding="utf-8-sig")
    return list(build.read_history(path))


def test_a_county_keeps_every_name_that_it_had(tmp_path: Path) -> None:
    history = _history(
        tmp_path,
        "330000,浙江省,,浙江省,省级,在用,1981,,",
        "330123,浙江省,杭州市,富阳县,县级,弃用,1981,1994,330183",
        "330183,浙江省,杭州市,富阳市,县级,弃用,1994,2014,330111",
        "330111,浙江省,杭州市,富阳区,县级,在用,2014,,",
    )
    assert build.former_names(history, STANDING) == {("330111", "富阳县"), ("330111", "富阳市")}
    assert build.former_codes(history, STANDING, STANDING) == {("330123", "330111"), ("330183", "330111")}


def test_a_name_is_also_told_after_its_former_prefecture(tmp_path: Path) -> None:
    history = _history(
        tmp_path,
        "341400,安徽省,巢湖市,巢湖市,地级,弃用,1999,2011,",
        "341421,安徽省,巢湖市,庐江县,县级,弃用,1999,2011,340124",
        "340124,安徽省,合肥市,庐江县,县级,在用,2011,,",
    )
    assert build.former_names(history, STANDING) == {("340124", "巢湖市庐江县")}


def test_a_prefecture_under_another_name(tmp_path: Path) -> None:
    history = _history(tmp_path, "330100,浙江省,钱塘市,钱塘市,地级,变更,1981,1990,")
    assert build.former_names(history, STANDING) == {("3301", "钱塘市")}


def test_a_county_that_lost_a_part_became_what_the_whole_became(tmp_path: Path) -> None:
    history = _history(tmp_path, "341423,安徽省,合肥市,含山旧县,县级,弃用,1999,2011,340124[2006];340522")
    assert build.former_names(history, STANDING) == {("340522", "含山旧县"), ("340522", "合肥市含山旧县")}
    assert build.former_codes(history, STANDING, STANDING) == {("341423", "340522")}


def test_a_county_that_was_divided_names_all_and_has_no_code(tmp_path: Path) -> None:
    history = _history(tmp_path, "341499,安徽省,合肥市,大县,县级,弃用,1999,2011,340124;340522")
    assert build.former_names(history, STANDING) == {("340124", "大县"), ("340522", "大县"), ("340522", "合肥市大县")}
    assert build.former_codes(history, STANDING, STANDING) == set()


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("999999,某县,a source", "of no edition"),
        ("330111,富春县,", "without a source"),
        ("330111,富阳区,a source", "already the published name"),
    ],
)
def test_a_reviewed_name_must_fit(tmp_path: Path, row: str, complaint: str) -> None:
    path = tmp_path / "other-names.csv"
    path.write_text(f"code,name,source\n{row}\n", encoding="utf-8")
    with pytest.raises(build.BuildError, match=complaint):
        build.read_reviewed(path, STANDING)


def test_the_bundled_tables_are_what_the_build_makes(tmp_path: Path) -> None:
    assert build.main(["--out", str(tmp_path)]) == 0
    for name in ("other_names", "former_codes"):
        shipped = pq.read_table(ROOT / "data" / "reference" / f"{name}.parquet")
        assert pq.read_table(tmp_path / f"{name}.parquet").equals(shipped), name
        assert shipped.num_rows == {"other_names": 4718, "former_codes": 2546}[name]
