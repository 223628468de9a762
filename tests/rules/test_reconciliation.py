"""Published figures beside the census's own: which are reproduced, which differ, which cannot be compared.

A census of 2019 by hand, under `plain` (a village needs 100 yuan, two of a county make a cluster, a shop that sold is active):

    丁楼村 and 张庄村 (曹县, Shandong)  150 and 120 yuan     a shop each, status
    场部 (镇平县, Henan)                200 yuan             a shop, status
    孙庄村 (曹县)                       99 yuan              a shop, no status

So 3 villages, 2 in Shandong, of 3 two in clusters, none a town; 470 yuan in villages; 3 active shops, and 2.8 jobs for each: 8.4.
"""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from flows.engine import ROOT, connect, create_table, execute
from flows.rules import RulesFileError, read_figures, read_metrics
from flows.schema import SQL_TYPES, published_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Census

FIGURES = ROOT / "data" / "reference" / "published-figures.csv"
METRICS = ROOT / "data" / "reference" / "published-metrics.csv"
PLAIN = """
title = "Small numbers"
extends = "aliresearch"
[[active]]
all = [{ metric = "transactions", op = ">=", value = 1 }]
source.name = "these tests"
words = "sold anything"
[[village]]
units = "any"
all = [{ metric = "sales", op = ">=", value = 100 }]
source.name = "these tests"
words = "100 yuan"
[[cluster]]
cluster = { metric = "taobao_villages", op = ">=", value = 2 }
large = { metric = "taobao_villages", op = ">=", value = 30 }
super = { metric = "taobao_villages", op = ">", value = 100 }
source.name = "these tests"
words = "two"
"""
HENAN = 'title = "Only Henan"\nextends = "plain"\nprovince = "41"\n'
PLACES = [
    *(("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县"), ("371721101", "大集镇"), ("371721101201", "丁楼村")),
    *(("371721101202", "张庄村"), ("371721101203", "孙庄村")),
    *(("41", "河南省"), ("4113", "南阳市"), ("411324", "镇平县"), ("411324101", "石佛寺镇"), ("411324101501", "场部")),
]
SALES = [("371721101201", 150), ("371721101202", 120), ("411324101501", 200), ("371721101203", 99)]

CASES: dict[str, tuple[str, float | None, str, str | None]] = {
    # year, metric, value, unit: the census's figure, verdict, reason
    "equal": ("2019,taobao_villages,3,villages", 3, "reproduced", None),
    "another": ("2019,taobao_towns,1,towns", 0, "differs", None),
    "more than it, and it is": ("2019,coastal_villages,1,villages (>)", 2, "reproduced", None),
    "more than it, and it is the same": ("2019,counties_with_villages,2,counties (>)", 2, "differs", None),
    "at least it": ("2019,provinces_with_villages,2,provinces (at least)", 2, "reproduced", None),
    "rounded to hundreds": ("2019,sales,500,CNY", 470, "reproduced", None),
    "rounded to whole ones": ("2019,jobs,8,jobs", 8.4, "reproduced", None),
    "with a decimal": ("2019,village_sales,470.0,CNY", 470, "reproduced", None),
    "a share as it is written": ("2019,cluster_share_of_villages,0.67,share", 2 / 3, "reproduced", None),
    "nearly": ("2019,village_and_town_sales,500,CNY (nearly)", 470, "reproduced", None),
    "nearly, but it is not less": ("2019,active_shops,3,shops (nearly)", 3, "differs", None),
    "about": ("2019,rural_sales,600,CNY (about)", 569, "reproduced", None),
    "not said to be about": ("2019,transactions.province=河南,0,orders", 1, "differs", None),
    "a province": ("2019,taobao_villages.province=山东,2,villages", 2, "reproduced", None),
    "a province by its whole name": ("2019,taobao_villages.province=河南省,2,villages", 1, "differs", None),
    "a city": ("2019,taobao_villages.city=菏泽,2,villages", 2, "reproduced", None),
    "a county": ("2019,taobao_villages.county=曹县,1,villages", 2, "differs", None),
    "provinces added up": ("2019,villages_central_west,1,villages", 1, "reproduced", None),
    "no shop sold there": ("2019,taobao_villages.province=云南,0,villages", None, "not_reproducible", "place_not_covered"),
    "a county without a code": ("2019,taobao_villages.county=镇平,1,villages", None, "not_reproducible", "place_not_covered"),
    "a year before": ("2018,taobao_villages,3,villages", None, "not_reproducible", "year_not_covered"),
    "unknown": ("2019,happiness,3,smiles", None, "not_reproducible", "no_metric"),
    "unknown of a place": ("2019,happiness.province=山东,3,smiles", None, "not_reproducible", "no_metric"),
    "told to be unknown": ("2019,cities_with_villages,2,cities", None, "not_reproducible", "no_metric"),
    "nothing is known": ("2019,population_covered,9,persons", None, "not_reproducible", "no_value"),
    "expected": ("2029,jobs.forecast_made_2019,9,jobs", None, "not_reproducible", "forecast"),
    "expected, of a year that is covered": ("2019,taobao_villages.forecast_made_2017,3,v", 3, "not_reproducible", "forecast"),
    "of another kind": ("2012,active_shops,3,shops", None, "not_reproducible", "other_definition"),
}


def world(census: Census, *figures: str) -> Census:
    """The census of the example by hand, with these published figures."""
    folder = census.folder / "rulebooks"
    folder.mkdir()
    shutil.copy(ROOT / "rulebooks" / "aliresearch.toml", folder)
    for name, text in {"plain": PLAIN, "henan": HENAN}.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    file = census.folder / "figures.csv"
    file.write_text("\n".join(["year,metric,value,unit,source", *figures]) + "\n", encoding="utf-8")
    census.variables |= {"CENSUS_RULEBOOKS": str(folder), "CENSUS_PUBLISHED_FIGURES": str(file), "CENSUS_LEAD_RULEBOOK": "plain"}
    census.places(PLACES)
    census.lines("shops/a.csv", *(census.shop(i, village) for i, (village, _) in enumerate(SALES, 1)))
    census.lines("transactions/a.csv", *(census.order(i, i, "2019-05-01", yuan) for i, (_, yuan) in enumerate(SALES, 1)))
    return census


@pytest.fixture(scope="module")
def reconciled(tmp_path_factory: pytest.TempPathFactory, shared_census: Census) -> Census:
    """A census with the figures of CASES, of which each source is the name of its case; and of three papers that disagree."""
    census = type(shared_census)(tmp_path_factory.mktemp("reconciled") / "census")
    papers = [f"2019,clusters_ge10,{value},clusters,paper {n}" for n, value in enumerate((1, 2, 1), 1)]
    world(census, *(f'{figure},"{case}"' for case, (figure, *_) in CASES.items()), *papers).run()
    return census


@pytest.mark.parametrize("case", list(CASES))
def test_the_verdict(reconciled: Census, case: str) -> None:
    (row,) = reconciled.published("reconciliation", rulebook="plain", published_source=case)
    figure, census_value, verdict, reason = CASES[case]
    value = float(figure.split(",")[2])
    assert (row["published_value"], row["census_value"], row["verdict"], row["reason"]) == (value, census_value, verdict, reason)
    assert row["difference"] == (None if census_value is None else pytest.approx(census_value - value, abs=1e-6))


def test_metric_and_place_stand_apart(reconciled: Census) -> None:
    (county,) = reconciled.published("reconciliation", rulebook="plain", published_source="a county")
    assert (county["metric"], county["place"], county["published_unit"]) == ("taobao_villages", "曹县", "villages")
    (nation,) = reconciled.published("reconciliation", rulebook="plain", published_source="expected")
    assert (nation["metric"], nation["place"]) == ("jobs.forecast_made_2019", "")


def test_each_source_has_its_row_where_they_disagree(reconciled: Census) -> None:
    rows = reconciled.published("reconciliation", rulebook="plain", metric="clusters_ge10")
    told = [(row["published_source"], row["published_value"], row["verdict"]) for row in rows]
    assert told == [("paper 1", 1, "reproduced"), ("paper 2", 2, "differs"), ("paper 3", 1, "reproduced")]


def test_it_is_told_where_sources_contradict_each_other(census: Census) -> None:
    agreeing = ["2019,jobs,8,jobs,rounded to whole ones", "2019,jobs,7.5,jobs (>),above seven and a half"]
    contradicting = ["2018,clusters_ge10,1,clusters,one paper", "2018,clusters_ge10,2,clusters,another paper"]
    of_places = [
        "2019,taobao_villages.province=山东,2,villages,one paper",
        "2019,taobao_villages.province=河南,1,villages,one paper",
    ]
    bound = ["2019,transactions,2,orders (>),one paper"]
    bounds = ["2019,sales,400,CNY (>),above four hundred", "2019,sales,400,CNY (nearly),below four hundred"]
    world(census, *agreeing, *contradicting, *of_places, *bound, *bounds).run()
    rows = census.published("reconciliation", rulebook="plain")
    disputed = {(row["year"], row["metric"], row["place"]): row["is_disputed"] for row in rows}
    assert disputed == {
        (2019, "jobs", ""): False,  # 7.5 to 8.5 and 7.5 up have values in common
        (2018, "clusters_ge10", ""): True,  # also of a year that is not covered
        (2019, "taobao_villages", "山东"): False,
        (2019, "taobao_villages", "河南"): False,
        (2019, "transactions", ""): False,
        (2019, "sales", ""): True,
    }


def test_ratio_and_note_stand_beside(reconciled: Census) -> None:
    found = {
        case: reconciled.published("reconciliation", rulebook="plain", published_source=case)[0]
        for case in ("rounded to hundreds", "a year before", "not said to be about", "of another kind")
    }
    assert {case: row["ratio"] for case, row in found.items()} == {
        "rounded to hundreds": 0.94,  # 470 of 500
        "a year before": None,
        "not said to be about": None,  # one order, and none was published
        "of another kind": None,
    }
    assert found["rounded to hundreds"]["note"] == "of Taobao villages and towns"
    assert found["a year before"]["note"] is None
    assert found["of another kind"]["note"] == "published of all shops in villages, active or not"


def test_a_half_is_rounded_up_whatever_doubles_hold(tmp_path: Path) -> None:
    # 23 of 40 villages in clusters are 0.575, which a double holds as a little less; 0.574 would not do
    figures = ["0.58,share,up", "0.57,share,down", "0.575,share,as it is", "0.575,share (>),more"]
    file = tmp_path / "figures.csv"
    lines = [f"2019,cluster_share_of_villages,{figure}" for figure in figures]
    file.write_text("\n".join(["year,metric,value,unit,source", *lines]) + "\n", encoding="utf-8")
    with connect("1GiB", 1, tmp_path) as con:
        for name in ("headline", "province_year", "county_year", "village_status", "reconciliation"):
            create_table(con, name, {column.name: SQL_TYPES[column.type] for column in published_tables()[name].columns})
        con.execute("create table years as select 2019 as year, false as is_provisional")
        con.execute("create table rulebook_provinces as select 'b' as rulebook, null::varchar as province")
        con.execute(
            "insert into county_year by name select * from (values (2019, 'b', '371721', 23, 'cluster'), (2019, 'b', '371722', 17, null)) "
            "as told(year, rulebook, county_code, taobao_villages, cluster_tier)"
        )
        execute(con, "rules/published_metrics", path=str(METRICS))
        execute(con, "rules/published_values", path=str(file))
        execute(con, "rules/reconciliation")
        told = dict(con.execute("select published_source, verdict from reconciliation").fetchall())
    assert told == {"up": "reproduced", "down": "differs", "as it is": "reproduced", "more": "differs"}


def test_what_village_status_tells_of_taobao_villages(census: Census) -> None:
    metrics = [
        "richest,,,village_status,villages_with_sales_over_150,,exact,,",  # 场部 with 200; 丁楼村 has just 150
        "rich,,,village_status,villages_with_sales_over_98,,exact,,",  # all three, but not 孙庄村 with 99, which has no status
        "their_shops,,,village_status,active_shops,,exact,,",
    ]
    world(census, "2019,richest,1,villages,me", "2019,rich,3,villages,me", "2019,their_shops,3,shops,me")
    file = census.folder / "metrics.csv"
    file.write_text("\n".join([METRICS.read_text(encoding="utf-8").splitlines()[0], *metrics]) + "\n", encoding="utf-8")
    census.run(published_metrics=str(file))
    rows = census.published("reconciliation", rulebook="plain")
    assert {row["metric"]: (row["census_value"], row["verdict"]) for row in rows} == {
        "richest": (1, "reproduced"), "rich": (3, "reproduced"), "their_shops": (3, "reproduced")
    }  # fmt: skip


def test_every_rulebook_has_every_figure_in_the_order_of_the_key(reconciled: Census) -> None:
    rows = reconciled.published("reconciliation")
    key = published_tables()["reconciliation"].key
    keys = [tuple(value.encode() if isinstance(value := row[name], str) else value for name in key) for row in rows]
    assert keys == sorted(set(keys))
    counts = {book: len(reconciled.published("reconciliation", rulebook=book)) for book in ("aliresearch", "henan", "plain")}
    assert set(counts.values()) == {len(CASES) + 3}
    assert len(rows) == sum(counts.values())


def test_a_rulebook_of_one_province_is_compared_there_alone(reconciled: Census) -> None:
    found = {
        case: reconciled.published("reconciliation", rulebook="henan", published_source=case)[0]
        for case in ("equal", "a province", "a province by its whole name", "provinces added up")
    }
    told = {case: (row["census_value"], row["reason"]) for case, row in found.items()}
    assert told == {
        "equal": (None, "place_not_covered"),
        "a province": (None, "place_not_covered"),
        "a province by its whole name": (1, None),
        "provinces added up": (None, "place_not_covered"),
    }


def test_a_provisional_year_is_not_compared(census: Census) -> None:
    world(census, "2019,taobao_villages,3,villages,a paper")
    orders = (census.order(i, i, "2019-05-01", yuan, updated_at="2019-05-02") for i, (_, yuan) in enumerate(SALES, 1))
    census.lines("transactions/a.csv", *orders)
    census.run()
    (row,) = census.published("reconciliation", rulebook="plain")
    assert (row["census_value"], row["verdict"], row["reason"]) == (3, "not_reproducible", "provisional_year")


def test_a_census_of_no_year_has_nothing_to_compare(census: Census) -> None:
    world(census, "2019,taobao_villages,3,villages,a paper")
    (census.raw / "transactions/a.csv").unlink()
    census.run()
    assert census.published("reconciliation") == []
    assert census("reconcile", "--rulebook", "plain").status == 0


def test_another_warehouse_has_the_same_bytes(reconciled: Census, new_census: Callable[[], Census]) -> None:
    lines = (reconciled.folder / "figures.csv").read_text(encoding="utf-8").splitlines()[1:]
    other = world(new_census(), *lines)
    other.run(threads="2")
    assert other.tables()["reconciliation.parquet"] == reconciled.tables()["reconciliation.parquet"]


def test_what_the_table_of_metrics_says_is_news(census: Census) -> None:
    world(census, "2019,happiness,470,yuan,a paper").run()
    metrics = census.folder / "metrics.csv"
    metrics.write_text(METRICS.read_text(encoding="utf-8") + "happiness,,,headline,village_sales,,exact,,\n", encoding="utf-8")
    census.run(published_metrics=str(metrics))
    (row,) = census.published("reconciliation", rulebook="plain")
    assert (row["census_value"], row["verdict"]) == (470, "reproduced")


# ---------------------------------------------------------------- how a figure is meant
@pytest.mark.parametrize(
    ("value", "unit", "compared_as", "decimals"),
    [  # of a metric that is counted, then, with `sales`, of one that is rounded
        ("10", "villages", "exact", 0),
        ("0.54", "share", "exact", 2),
        ("10", "counties with >=10 villages", "exact", 0),
        ("95", "clusters (95-19)", "exact", 0),
        ("10", "villages (about)", "rounded", -1),
        ("600", "villages (Nearly)", "nearly", -2),
        ("0.50", "share (nearly)", "nearly", 2),
        ("70000", "shops (>)", "more_than", 0),
        ("280000", "jobs (direct, >)", "more_than", 0),
        ("840000", "jobs ( at least )", "at_least", 0),
        ("400", "villages (A says >400; B says nearly 400)", "exact", 0),
        ("sales 5000", "CNY", "rounded", -3),
        ("sales 0", "CNY", "rounded", 0),
        ("sales 5000", "CNY (villages + towns, >)", "more_than", 0),
        ("sales 5000.0", "CNY", "rounded", 1),
    ],
)
def test_how_a_figure_is_compared(tmp_path: Path, value: str, unit: str, compared_as: str, decimals: int) -> None:
    metric, _, number = value.rpartition(" ")
    file = tmp_path / "figures.csv"
    file.write_text(f'year,metric,value,unit,source\n2019,{metric or "taobao_villages"},{number},"{unit}",me\n', encoding="utf-8")
    with connect("1GiB", 1, tmp_path) as con:
        execute(con, "rules/published_metrics", path=str(METRICS))
        execute(con, "rules/published_values", path=str(file))
        assert con.execute("select compared_as, decimals from published_values").fetchall() == [(compared_as, decimals)]


# ---------------------------------------------------------------- the files
def test_every_shipped_figure_is_mapped_or_has_a_reason() -> None:
    with METRICS.open(encoding="utf-8", newline="") as file:
        metrics = list(csv.DictReader(file))
    with FIGURES.open(encoding="utf-8", newline="") as file:
        figures = list(csv.DictReader(file))
    assert len(figures) == 236
    for figure in figures:
        names = {figure["metric"], re.sub("=.*", "", figure["metric"])}
        rows = [
            row
            for row in metrics
            if row["metric"] in names and int(row["first_year"] or 0) <= int(figure["year"]) <= int(row["last_year"] or 9999)
        ]
        assert len(rows) == 1, figure
        assert rows[0]["table"] or (rows[0]["reason"] and rows[0]["note"]), figure


def test_every_mapped_metric_is_there(example: Census) -> None:
    with METRICS.open(encoding="utf-8", newline="") as file:
        told = {(row["table"], row["census_metric"]) for row in csv.DictReader(file) if row["table"]}
    derived = {("province_year", "provinces_with_towns"), ("county_year", "cluster_share"), ("village_status", "active_shops")}
    derived |= {("village_status", f"villages_with_sales_over_{yuan}") for yuan in (100_000_000, 10_000_000_000)}
    there = {("headline", row["metric"]) for row in example.published("headline")} | derived
    there |= {(name, column.name) for name in ("province_year", "county_year") for column in published_tables()[name].columns}
    assert told <= there


def test_every_mapped_place_is_the_one_that_it_is_called() -> None:
    with METRICS.open(encoding="utf-8", newline="") as file:
        places = {row["codes"]: row["metric"].partition("=")[2] for row in csv.DictReader(file) if "=" in row["metric"]}
    divisions = str(ROOT / "data" / "reference" / "divisions.parquet")
    found = duckdb.execute("select code, name from read_parquet($1) where code in $2", [divisions, list(places)]).fetchall()
    assert {code: name for code, name in found if name.startswith(places[code])}.keys() == places.keys()


@pytest.mark.parametrize(
    ("read", "lines", "line"),
    [
        (read_figures, ["2019,a,1,u,me", "2019,a,2,u,me"], 3),
        (read_figures, ["2019,a.province=吉林,1,u,me", "2019,a.city=吉林,1,u,me"], 3),
        (read_figures, ["2019,a,1,u"], 2),
        (read_figures, ["2019,a,-1,u,me"], 2),
        (read_metrics, ["a,,,headline,jobs,,exact,,", "a,2019,,headline,jobs,,exact,,"], 3),
        (read_metrics, ["a,19,,headline,jobs,,exact,,"], 2),
        (read_metrics, ["a,,,village_status,sales,,exact,,"], 2),
        (read_metrics, ["a,,,village_status,villages_with_sales_over_1e8,,exact,,"], 2),
        (read_metrics, ["a,,,village_status,active_shops,371721101201,exact,,"], 2),
        (read_metrics, ["a,,,list_match,active_shops,,exact,,"], 2),
        (read_metrics, ["a,,,headline,,,exact,,"], 2),
        (read_metrics, ["a,,,headline,jobs,37,exact,,"], 2),
        (read_metrics, ["a,,,province_year,sales,3717,exact,,"], 2),
        (read_metrics, ["a,,,headline,jobs,,roughly,,"], 2),
        (read_metrics, ["a,,,headline,jobs,,exact,dislike,"], 2),
        (read_metrics, ["a,,,,,,exact,,"], 2),
        (read_metrics, ["a,,,headline,jobs,,exact,"], 2),
    ],
)
def test_a_wrong_line_is_told(tmp_path: Path, read: Callable[[Path], str], lines: list[str], line: int) -> None:
    shipped = FIGURES if read is read_figures else METRICS
    header = shipped.read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "wrong.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    with pytest.raises(RulesFileError, match=rf"wrong.csv:{line}\b"):
        read(tmp_path / "wrong.csv")


def test_figures_that_differ_only_in_year_source_or_place_are_several(tmp_path: Path) -> None:
    lines = ["2019,a,1,u,me", "2018,a,1,u,me", "2019,a,1,u,you", "2019,a.city=吉林市,1,u,me", "2019,a.province=吉林省,1,u,me"]
    (tmp_path / "right.csv").write_text("\n".join(["year,metric,value,unit,source", *lines]) + "\n", encoding="utf-8")
    assert read_figures(tmp_path / "right.csv")


# ---------------------------------------------------------------- the command
def test_reconcile_tells_counts_and_the_figures_that_differ_first(reconciled: Census) -> None:
    done = reconciled("reconcile")
    assert done.status == 0
    assert re.search(r"plain\s+│ differs\s+│\s+│ 7\s", done.out)  # 6 cases and a paper
    assert re.search(r"plain\s+│ reproduced\s+│\s+│ 14\s", done.out)  # 12 cases and two papers
    assert "henan" not in done.out
    assert done.out.index("another") < done.out.index("at least it") < done.out.index("a year before")


def rows(census: Census, *options: str) -> list[dict[str, Any]]:
    """What `census reconcile --csv` tells."""
    done = census("reconcile", "--csv", *options)
    assert done.status == 0
    return list(csv.DictReader(done.out.splitlines()))


def test_reconcile_by_year_and_rulebook(reconciled: Census) -> None:
    assert {row["rulebook"] for row in rows(reconciled)} == {"aliresearch", "henan", "plain"}
    asked = rows(reconciled, "--year", "2018", "--rulebook", "henan")
    assert [(row["year"], row["rulebook"], row["metric"]) for row in asked] == [
        ("2018", "henan", "taobao_villages"),
    ]


def test_reconcile_with_a_rulebook_that_is_not_there(reconciled: Census) -> None:
    done = reconciled("reconcile", "--rulebook", "nobody")
    assert done.status == 2
    assert "there is no rulebook nobody" in done.err
