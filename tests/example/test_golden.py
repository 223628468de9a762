"""The census of the example delivery against the reviewed figures of golden.csv."""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from flows.census import Outcome, Request, take_census
from flows.engine import ROOT
from flows.schema import published_tables
from flows.settings import load_settings

GOLDEN = Path(__file__).parent / "golden.csv"
FORECASTS = ("forecast", "backtest", "forecast_series")
HEADLINE_METRICS = ("taobao_villages", "taobao_towns", "clusters")


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    warehouse = tmp_path_factory.mktemp("example") / "warehouse"
    return take_census(load_settings(raw=ROOT / "data" / "raw", warehouse=warehouse, threads=2), Request())


def measured(census: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str, str, str]]:
    """Rows of every table by year and rulebook, the headline metrics, what the ensemble tells of 2029, and what lists have in common
    with the census.

    In the form of golden.csv.
    """
    for table in published_tables().values():
        if table.name in ("headline", "run", *FORECASTS):
            continue
        names = [column.name for column in table.columns]
        by = [name if name in names else f"'' as {name}" for name in ("year", "rulebook")]
        for year, book, rows in census.execute(f"select {', '.join(by)}, count(*) from {table.name} group by all").fetchall():
            yield table.name, str(year), book, "rows", str(rows)
    for year, book, metric, value in census.execute("select year, rulebook, metric, value from headline").fetchall():
        if metric in HEADLINE_METRICS:
            yield "headline", str(year), book, metric, f"{value:.0f}"
    ensemble = "select year, rulebook, series, value from forecast where model = 'ensemble' and year = 2029"
    for year, book, series, value in census.execute(ensemble).fetchall():
        yield "forecast", str(year), book, series, f"{value:.0f}"
    for year, villages in census.execute("select year, count(village_code) from list_match group by year").fetchall():
        yield "list_match", str(year), "", "villages", str(villages)
    of_books = "(unpivot list_match on columns('^in_') into name book value has_status)"
    for year, book, having_it in census.execute(
        f"select year, book[4:], count(*) filter (has_status) from {of_books} group by all"
    ).fetchall():
        yield "list_match", str(year), book, "taobao_villages", str(having_it)


def test_the_census_of_the_example_is_the_reviewed_one(outcome: Outcome) -> None:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        golden = {tuple(row.values()) for row in csv.DictReader(file) if row["table"] in published_tables()}
    with duckdb.connect(outcome.snapshot / "census.duckdb", read_only=True) as census:
        assert set(measured(census)) == golden


@pytest.mark.parametrize(
    ("village", "rulebook", "changes"),
    [  # by years 2016 to 2020; data/README.md tells their stories
        ("东高庄村委会", "article", ["new", "retained", "lost", None, "returned"]),
        ("东高庄村委会", "aliresearch", ["new", "retained", "lost", None, "returned"]),
        ("文庄村民委员会", "aliresearch", ["new", "retained", "retained", "retained", "retained"]),
        ("文庄村民委员会", "article", [None, None, None, None, None]),
        ("东风社区居委会", "aliresearch", ["new", "retained", "retained", "retained", "lost"]),
    ],
)
def test_the_cast_plays_its_part(outcome: Outcome, village: str, rulebook: str, changes: list[str | None]) -> None:
    query = (
        "select change from village_status where village = $1 and rulebook = $2 and county in ('清河县', '曹县', '睢宁县') "
        "order by year"
    )
    with duckdb.connect(outcome.snapshot / "census.duckdb", read_only=True) as census:
        assert [change for (change,) in census.execute(query, [village, rulebook]).fetchall()] == changes


def test_a_town_of_each_basis(outcome: Outcome) -> None:
    with duckdb.connect(outcome.snapshot / "census.duckdb", read_only=True) as census:
        bases = census.execute("select distinct basis from township_status where is_taobao_town and year >= 2019").fetchall()
    assert {basis for (basis,) in bases} == {"villages", "sales", "both"}


if (
    __name__ == "__main__"
):  # python tests/example/test_golden.py: writes golden.csv of data/warehouse anew, for a person to review
    with duckdb.connect(ROOT / "data" / "warehouse" / "current" / "census.duckdb", read_only=True) as current:
        rows = sorted(measured(current))
    with GOLDEN.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("table", "year", "rulebook", "what", "value"), *rows])
