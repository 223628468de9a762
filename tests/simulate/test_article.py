"""The acceptance of the preset `article`: in as few orders as it takes, through the real census, for every year."""

from __future__ import annotations

import shutil

import pyarrow.parquet as pq
import pytest

from flows.census import Request, take_census
from flows.engine import ROOT
from flows.settings import load_settings
from flows.simulate import Preset, RequestError, simulate

YEARS = range(2009, 2021)
SERIES = {
    #                   2009 2010 2011 2012 2013 2014 2015  2016  2017  2018  2019  2020
    "taobao_villages": [3, 5, 8, 14, 20, 212, 780, 1311, 2118, 3202, 4310, 5425],
    "taobao_towns": [0, 0, 0, 0, 0, 19, 71, 135, 242, 363, 1118, 1756],
    "provinces": [3, 4, 6, 7, 8, 10, 17, 18, 24, 24, 25, 28],
    "counties": [3, 5, 7, 12, 16, 80, 181, 221, 275, 330, 398, 480],
    "clusters": [0, 0, 0, 0, 0, 0, 25, 38, 56, 76, 95, 120],
}
COUNTED = (*SERIES, "coastal_villages", "large_clusters", "super_clusters")


@pytest.mark.slow
def test_the_census_of_the_article_gives_the_published_series(tmp_path):
    raw, rulebooks = tmp_path / "raw", tmp_path / "rulebooks"
    rulebooks.mkdir()
    shutil.copy(ROOT / "rulebooks" / "aliresearch.toml", rulebooks)
    chosen = load_settings(raw=raw, warehouse=tmp_path / "warehouse", rulebooks=rulebooks, lead_rulebook="aliresearch")
    with pytest.raises(RequestError, match="orders are too few") as told:
        simulate(chosen, Preset("article", 1, YEARS), raw)
    least = int(str(told.value).partition("need ")[2].partition(" (")[0].replace(",", ""))
    assert 18_000_000 < least < 20_000_000
    simulate(chosen, Preset("article", least, YEARS), raw)
    assert take_census(chosen, Request()).published  # under the limits, with nothing accepted

    rows = pq.read_table(chosen.warehouse / "current" / "headline.parquet").to_pylist()
    figures = {(row["year"], row["metric"]): row["value"] for row in rows}
    assert {metric: [figures[year, metric] for year in YEARS] for metric in SERIES} == SERIES
    wrong = [row for row in rows if row["metric"] in COUNTED and row["published_value"] not in (None, row["value"])]
    assert not wrong
    assert figures[2019, "coastal_villages"] == 4113
    assert figures[2019, "village_and_town_sales"] > 700e9
    assert 0.45 < figures[2019, "share_of_rural_sales"] < 0.5
    assert figures[2019, "jobs"] == pytest.approx(6_830_000, abs=2)
    assert figures[2019, "counties_population"] > 250e6
    assert not any(row["is_provisional"] for row in rows)
    shutil.rmtree(raw)
