"""Charts and maps: the rows behind them, their specifications, what is drawn of them without a browser."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair
import duckdb
import pytest

from flows.engine import ROOT
from flows.reports.charts import CHARTS, LANGUAGES, areas, boundaries, boundary_of, chart_called, draw, records, rows, script
from flows.reports.charts.specs import Chart

if TYPE_CHECKING:
    from tests.conftest import Census

DIVISIONS = ROOT / "data" / "reference" / "divisions.parquet"
HEADLINE = [
    ("aliresearch", 2018, "taobao_villages", 2.0, "villages", 3202.0, "Xinhua", False),
    ("aliresearch", 2019, "taobao_villages", 3.0, "villages", 4310.0, "Xinhua", True),
    ("article", 2019, "taobao_villages", 1.0, "villages", 4310.0, "Xinhua", True),
    ("aliresearch", 2019, "taobao_towns", 1.0, "townships", None, None, True),
    ("aliresearch", 2019, "village_and_town_sales", 30_000_000.5, "yuan", None, None, True),
    ("aliresearch", 2019, "rural_sales", 70_000_000.25, "yuan", None, None, True),
    ("aliresearch", 2019, "active_shops", 305.0, "shops", None, None, True),
    ("aliresearch", 2019, "jobs", 854.0, "jobs", None, None, True),
    ("aliresearch", 2019, "coastal_share", 0.75, "share", None, None, True),
]
COUNTIES = [
    ("371721", "曹县", "37", "山东省", 31, 3, "1000000.50", "large"),
    ("130671", "保定高新技术产业开发区", "13", "河北省", 1, 0, "5.00", None),
    ("139001", "定州市", "13", "河北省", 2, 0, "9.00", None),
    ("330782", "<script>义乌</script>", "33", "浙江省", 2, 1, "10.00", None),
]
"""A county, a zone without an area, a county that has another code by now (130682), a hostile name."""
VILLAGES = [("new", Decimal("9999999.99")), ("new", Decimal("10000000.00")), ("retained", Decimal("5e8")), ("lost", None)]


@pytest.fixture
def con() -> Any:
    with duckdb.connect() as con:
        con.execute(
            "create table headline (rulebook varchar, year integer, metric varchar, value double, unit varchar, "
            "published_value double, published_source varchar, is_provisional boolean)"
        )
        con.executemany("insert into headline values (?, ?, ?, ?, ?, ?, ?, ?)", HEADLINE)
        con.execute(
            "create table county_year (year integer, rulebook varchar, county_code varchar, county varchar, province_code varchar, "
            "province varchar, taobao_villages bigint, taobao_towns bigint, sales decimal(38, 2), cluster_tier varchar)"
        )
        con.executemany("insert into county_year values (2019, 'aliresearch', ?, ?, ?, ?, ?, ?, ?, ?)", COUNTIES)
        con.execute(
            "create table province_year as select year, rulebook, province_code, province, sum(taobao_villages)::bigint as "
            "taobao_villages, sum(taobao_towns)::bigint as taobao_towns, sum(sales)::decimal(38, 2) as sales from county_year group by all"
        )
        con.execute(
            "create table village_status (year integer, rulebook varchar, change varchar, sales decimal(38, 2), is_taobao_village boolean)"
        )
        con.executemany(
            "insert into village_status values (2019, 'aliresearch', $1, coalesce($2, 0)::decimal(38, 2), $1 <> 'lost')", VILLAGES
        )
        con.execute(
            "create table forecast (rulebook varchar, series varchar, model varchar, year integer, value double, lower double, upper double)"
        )
        con.execute(
            "insert into forecast values ('aliresearch', 'published_taobao_villages', 'ensemble', 2023, 8400, 8000, 9000)"
        )
        con.execute("create table forecast_series (rulebook varchar, series varchar, year integer, value double)")
        con.execute("insert into forecast_series values ('aliresearch', 'published_taobao_villages', 2022, 7780)")
        yield con


def called(name: str) -> Chart:
    chart = chart_called(name)
    assert chart
    return chart


class TestRows:
    def test_of_a_rulebook(self, con: Any) -> None:
        names, found = rows(con, called("villages_by_year"), "aliresearch")
        assert names == ["rulebook", "year", "villages", "published", "is_provisional"]
        assert found == [("aliresearch", 2018, 2, 3202, False), ("aliresearch", 2019, 3, 4310, True)]

    def test_of_all_rulebooks(self, con: Any) -> None:
        assert [row[0] for row in rows(con, called("villages_by_year"))[1]] == ["aliresearch", "aliresearch", "article"]

    def test_of_a_year(self, con: Any) -> None:
        assert rows(con, called("top_counties"), year=2018)[1] == []
        assert [row[2] for row in rows(con, called("top_counties"), year=2019)[1]] == ["371721", "330782", "139001", "130671"]

    def test_sales_are_exact(self, con: Any) -> None:
        told = {row[2]: row[3] for row in rows(con, called("sales_by_year"))[1]}
        assert told == {"village_and_town_sales": Decimal("30000000.50"), "rural_sales": Decimal("70000000.25")}

    def test_changes_are_counted(self, con: Any) -> None:
        assert [row[2:] for row in rows(con, called("entries_and_exits"))[1]] == [("lost", 1), ("new", 2)]

    def test_sizes_are_classes_of_sales(self, con: Any) -> None:
        """Under 10 million: class 0; 10 to 20 million: 1; 500 million and more: 5."""
        assert [row[2:] for row in rows(con, called("village_sizes"))[1]] == [(0, 1), (1, 1), (5, 1)]

    def test_a_map_tells_where_each_row_is_drawn(self, con: Any) -> None:
        names, found = rows(con, called("map_of_counties"))
        assert names[-1] == "boundary"
        assert {row[2]: row[-1] for row in found} == {"371721": "371721", "130671": None, "139001": "130682", "330782": "330782"}

    def test_a_snapshot_without_the_table_has_none(self) -> None:
        with duckdb.connect() as empty:
            assert rows(empty, called("forecast_of_census")) == ([], [])


class TestDrawing:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
    def test_a_specification_is_valid_and_draws(self, con: Any, chart: Chart, language: str) -> None:
        names, found = rows(con, chart, chart.follows or "aliresearch", 2019)
        spec = chart.spec(language)
        altair.Chart.from_dict(spec | {"datasets": {}})  # raises where it does not meet Vega-Lite's schema
        if found:
            drawn = draw(chart, language, names, found, "svg", 600, 1).decode()
            assert drawn.startswith("<svg") and chart.title[language] in drawn
            assert "<script" not in drawn
        else:
            assert chart.name == "forecast_of_census"

    def test_a_png(self, con: Any) -> None:
        names, found = rows(con, called("villages_by_year"), "aliresearch")
        assert draw(called("villages_by_year"), "en", names, found, "png", 400, 1).startswith(b"\x89PNG")

    def test_both_languages_say_the_same_things(self) -> None:
        assert all(set(chart.title) == set(chart.description) == set(LANGUAGES) for chart in CHARTS)

    def test_the_script_ends_no_element(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert script() == script()
        assert "</script" not in script() and "<!--" not in script()
        assert len(list(tmp_path.rglob("*.js"))) == 1

    def test_the_script_without_a_place_to_keep_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").write_text("")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
        assert "vegaEmbed" in script()

    def test_money_is_a_float_for_the_eye_alone(self) -> None:
        assert records(["sales"], [(Decimal("1.25"),)]) == [{"sales": 1.25}]


class TestBoundaries:
    def test_all_provinces_are_there(self) -> None:
        """31 that the Bureau counts, Taiwan, Hong Kong, Macau."""
        assert len(areas("provinces")) == 34 and {"71", "81", "82"} <= areas("provinces")

    def test_a_county_of_any_edition_has_an_area_but_for_zones(self) -> None:
        with duckdb.connect() as con:
            codes = [c for (c,) in con.read_parquet(str(DIVISIONS)).filter("length(code) = 6").select("code").fetchall()]
        missing = sorted({code for code in codes if boundary_of(code) is None})
        assert [code for code in missing if code[4] != "7"] == REVIEWED, "development zones have a 7: 130171"

    @pytest.mark.slow
    def test_neighbours_share_their_borders(self) -> None:
        """In TopoJSON, a border between two areas is one arc: one has its number, the other the number's complement."""
        told = json.loads(boundaries())
        used = [
            arc for one in told["objects"]["counties"]["geometries"] for rings in one["arcs"] for ring in rings for arc in ring
        ]
        assert len(used) - len(set(used)) <= 2, "no side of a border belongs to two counties, but for two slips of the source"
        both = sum(1 for arc in used if arc >= 0 and -1 - arc in set(used))
        assert both > 6_000

    def test_the_dashes_in_the_south_china_sea_are_there(self) -> None:
        told = json.loads(boundaries())
        scale = told["transform"]["scale"][1]
        starts = [told["arcs"][number][0] for (number,) in told["objects"]["lines"]["geometries"][0]["arcs"]]
        assert sum(1 for x, y in starts if 3 < y * scale < 24 and 108 < x * scale < 125) >= 9


REVIEWED = [
    "130421", "130521", "140202", "140211", "230711", "232702", "232703", "232704", "232761", "232762", "232763", "232764", "330104",
    "460201", "460323", "632858", "632859",
]  # fmt: skip
"""Counties that were split among several (邯郸县, 江干区), and districts without a border of their own in the source (加格达奇区)."""


class TestCommand:
    def test_lists_the_charts(self, example: Census) -> None:
        assert [line.split()[0] for line in example("plot").out.splitlines()] == [chart.name for chart in CHARTS]

    def test_writes_a_file(self, example: Census) -> None:
        done = example("plot", "villages_by_year", "--rulebook", "aliresearch", "--language", "en", "--output", "v.svg")
        assert (done.status, done.out) == (0, "v.svg\n")
        assert "Taobao villages by year" in (example.folder / "v.svg").read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["nothing"], "there is no chart 'nothing'. The charts: villages_by_year,"),
            (["villages_by_year", "--output", "v.pdf"], "v.pdf: name a file that ends in .svg or .png"),
            (["villages_by_year", "--rulebook", "none"], "villages_by_year has nothing to draw for rulebook none"),
            (["top_counties", "--year", "1999"], "nothing to draw for rulebook article, year 1999"),
        ],
    )
    def test_says_what_it_cannot_draw(self, example: Census, arguments: list[str], message: str) -> None:
        done = example("plot", *arguments)
        assert done.status == 2 and message in done.err
