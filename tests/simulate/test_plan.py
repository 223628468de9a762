"""The plan of the preset `article`, before any shop is written: what it comes to, against the published figures."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from flows.engine import ROOT, connect, execute_folder
from flows.settings import load_settings
from flows.simulate.article import plan_article
from flows.simulate.geography import Lists, load_places, read_lists
from flows.simulate.targets import YEARS, Targets, WrongTargets, load_targets
from flows.simulate.towns import Seat
from flows.simulate.villages import Villages, plan_villages
from flows.simulate.world import TooFewOrders, World

REFERENCE = ROOT / "data" / "reference"
FIGURES, METRICS = REFERENCE / "published-figures.csv", REFERENCE / "published-metrics.csv"
COASTAL = {"33", "44", "32", "37", "13", "35"}


class Planned:
    """The plan of a seed: its seats by number, the numbers of villages, and what was aimed at."""

    def __init__(self, seats: dict[str, list[Seat]], villages: Villages, targets: dict[int, Targets]) -> None:
        self.seats = {seat.number: seat for here in seats.values() for seat in here}
        self.villages, self.targets = villages, targets

    def by(self, year: int, digits: int) -> Counter[str]:
        """Villages by the beginning of their township's code of 2016."""
        found: Counter[str] = Counter()
        for number, n in self.villages.counts[year].items():
            found[self.seats[number].codes[0][:digits]] += n
        return found

    def towns(self, year: int) -> Counter[str]:
        """Towns by province."""
        by_villages = [number for number, n in self.villages.counts[year].items() if n >= 3]
        return Counter(self.seats[number].codes[0][:2] for number in [*by_villages, *self.villages.sales_towns.get(year, {})])


@pytest.fixture(scope="module")
def scratch(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("plan")


@pytest.fixture(scope="module")
def planned(scratch) -> Callable[[int], Planned]:
    """The plan of a seed, made once."""
    with connect("2GiB", 2, scratch) as con:
        targets = load_targets(con, FIGURES, METRICS)
        seats, elsewhere = load_places(con, REFERENCE, read_lists(REFERENCE))
    return cache(lambda seed: Planned(seats, plan_villages(seats, elsewhere, targets, seed), targets))


@pytest.fixture(params=[pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2)])
def plan(planned, request) -> Planned:
    return planned(request.param)


def published() -> dict[tuple[int, str], set[float]]:
    """Every published figure of these years, by year and metric, as they stand in the file."""
    figures = defaultdict(set)
    with FIGURES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if int(row["year"]) in YEARS:
                figures[int(row["year"]), row["metric"]].add(float(row["value"]))
    return figures


MADE = {
    "taobao_villages": lambda plan, year: plan.by(year, 0)[""],
    "taobao_towns": lambda plan, year: plan.towns(year).total(),
    "provinces_with_villages": lambda plan, year: len(plan.by(year, 2)),
    "provinces_with_towns": lambda plan, year: len(plan.towns(year)),
    "counties_with_villages": lambda plan, year: len(plan.by(year, 6)),
    "villages_six_coastal_provinces": lambda plan, year: sum(n for code, n in plan.by(year, 2).items() if code in COASTAL),
    "clusters_ge10": lambda plan, year: sum(n >= 10 for n in plan.by(year, 6).values()),
    "clusters_large": lambda plan, year: sum(n >= 30 for n in plan.by(year, 6).values()),
    "clusters_super": lambda plan, year: sum(n > 100 for n in plan.by(year, 6).values()),
}


def test_the_plan_comes_to_every_published_count(plan):
    figures = {key: values for key, values in published().items() if key[1] in MADE}
    assert {year for year, _ in figures} == {2009, *range(2012, 2021)}
    wrong = {
        (year, metric): (MADE[metric](plan, year), told)
        for (year, metric), told in figures.items()
        if MADE[metric](plan, year) not in told
    }
    assert not wrong


def test_the_known_series_of_villages_and_towns(plan):
    assert [plan.by(year, 0)[""] for year in YEARS] == [3, 5, 8, 14, 20, 212, 780, 1311, 2118, 3202, 4310, 5425]
    assert [plan.towns(year).total() for year in YEARS] == [0, 0, 0, 0, 0, 19, 71, 135, 242, 363, 1118, 1756]
    assert [len(plan.by(year, 6)) for year in YEARS] == [3, 5, 7, 12, 16, 80, 181, 221, 275, 330, 398, 480]


CODES = tomllib.loads((ROOT / "flows" / "simulate" / "article.toml").read_text(encoding="utf-8"))["codes"]


def test_provinces_cities_and_counties_have_the_villages_and_towns_that_are_published(plan):
    compared = 0
    for (year, metric), told in published().items():
        place = metric.partition("=")[2]
        if metric.startswith("taobao_villages.") and place in CODES:
            made = plan.by(year, len(CODES[place]))[CODES[place]]
        elif metric.startswith("taobao_towns.") and place in CODES:
            made = plan.towns(year)[CODES[place]]
        else:
            continue
        compared += 1
        assert made in told, (year, metric, made, told)
    assert compared == 101


def test_most_listed_villages_are_in_the_plan(plan):
    """The rest is stood for by neighbours: their codes end, or the list names what no edition has."""
    for year, listed in ((2014, 212), (2015, 780), (2016, 1311)):
        used = sum(min(n, plan.seats[number].listed[year]) for number, n in plan.villages.counts[year].items())
        assert used / listed > (0.95 if year == 2014 else 0.88)


def test_no_town_by_sales_is_one_by_villages(plan):
    for year, seats in plan.villages.sales_towns.items():
        assert not [number for number in seats if plan.villages.counts[year].get(number, 0) >= 3]


@pytest.mark.slow
def test_another_seed_chooses_other_villages(planned):
    assert planned(1).villages.counts[2019] != planned(2).villages.counts[2019]


def article(scratch: Path, orders: int, years: range = YEARS, lists: Lists | None = None) -> World:
    with connect("2GiB", 2, scratch) as con:
        execute_folder(con, "simulate/macros")
        return plan_article(con, load_settings(), lists or read_lists(REFERENCE), orders, 1, years)


@pytest.mark.slow
def test_twenty_million_orders_are_enough_and_ten_are_not(scratch):
    world = article(scratch, 20_000_000)
    assert world.orders == 20_000_000
    shops = {year: sum(v.shops.get(year, 0) for v in world.villages if v.kind == "active") for year in YEARS}
    assert shops[2019] * 2.8 == pytest.approx(6_830_000, abs=2)
    assert (shops[2012], shops[2018], shops[2020]) == (10_000, 663_000, 2_957_143)
    assert sum(world.populations[2019].values()) == 398 * 645_000
    with pytest.raises(TooFewOrders, match="2019: 5,"):
        article(scratch, 10_000_000)


def test_a_province_that_contradicts_the_nation_is_told(scratch, tmp_path):
    wrong = tmp_path / "figures.csv"
    wrong.write_text(
        FIGURES.read_text(encoding="utf-8").replace(
            "2019,taobao_villages.province=广东,798,", "2019,taobao_villages.province=广东,799,"
        ),
        encoding="utf-8",
    )
    with (
        connect("1GiB", 1, scratch) as con,
        pytest.raises(WrongTargets, match="2019: villages of all provinces are 4311, not 4310"),
    ):
        load_targets(con, wrong, METRICS)
