"""What each year of the preset `article` has to come to: published figures, and what was chosen where there are none."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.engine import execute

YEARS = range(2009, 2021)
LISTED = (2014, 2015, 2016)
"""The years of which the list of villages was published as a whole."""
SALES_TOWNS_FROM = 2019
"""The first year in which a town's own sales count."""
FIRST_EDITION, LAST_EDITION = 2016, 2020
"""Of the divisions that these years are in."""


def place_of_edition(year: int) -> int:
    """Which of the editions a year's codes are of, from 0. Contract 2, "Edition for a statistical year"."""
    return min(max(year, FIRST_EDITION), LAST_EDITION) - FIRST_EDITION


@dataclass(frozen=True)
class Targets:
    """Counts of one statistical year; `sales` of villages and towns in yuan.

    Villages by province code add up to the nation. `divisions`: villages by prefecture and county code, as far as they are set;
    `town_provinces`: towns by province code, likewise. `average_population`: persons a county.
    """

    year: int
    villages: int
    towns: int
    provinces: int
    counties: int
    clusters: int
    large_clusters: int
    super_clusters: int
    active_shops: int
    sales: int
    share_of_rural_sales: float
    villages_by_province: dict[str, int]
    divisions: dict[str, int]
    town_provinces: dict[str, int]
    average_population: int

    @property
    def tiers(self) -> tuple[tuple[int, int], ...]:
        """Villages from which on a county counts, and how many counties have so many; highest first."""
        return ((101, self.super_clusters), (30, self.large_clusters), (10, self.clusters))


class WrongTargets(ValueError):
    """The figures cannot all hold."""


def load_targets(con: duckdb.DuckDBPyConnection, published: Path, metrics: Path) -> dict[int, Targets]:
    """The targets of every year. Raises WrongTargets where provinces do not add up to the nation."""
    chosen = tomllib.loads((Path(__file__).parent / "article.toml").read_text(encoding="utf-8"))
    for name, path in (("published_metrics", metrics), ("published_values", published)):
        execute(con, f"rules/{name}", path=str(path))
    execute(con, "rules/published_figures")
    figures: dict[tuple[int, str], float] = {}
    for year, metric, value in execute(con, "simulate/published_targets").fetchall():
        figures[year, metric] = value
    return {year: _targets(year, figures, chosen) for year in YEARS}


def _targets(year: int, figures: dict[tuple[int, str], float], chosen: dict[str, Any]) -> Targets:
    codes: dict[str, str] = chosen["codes"]

    def figure(metric: str, published_as: str = "") -> int:
        value = chosen.get(metric, {}).get(str(year), figures.get((year, published_as or metric)))
        if value is None:
            raise WrongTargets(f"{year}: no figure of {metric}, published or chosen")
        return int(value)

    def divisions(metric: str, table: str, kind: str) -> dict[str, int]:
        named = {
            m.partition(f"{kind}=")[2]: int(n) for (y, m), n in figures.items() if y == year and m.startswith(f"{metric}.{kind}=")
        }
        if kind == "province":
            named |= chosen[table].get(str(year), {})
        return {codes[name]: n for name, n in named.items()}

    provinces = divisions("taobao_villages", "villages", "province")
    deeper = divisions("taobao_villages", "", "city") | divisions("taobao_villages", "", "county")
    targets = Targets(
        year, figure("taobao_villages"), figure("taobao_towns"), len(provinces), figure("counties"), figure("clusters"),
        figure("large_clusters"), figure("super_clusters"), figure("active_shops"), figure("sales", "village_sales"),
        chosen["share_of_rural_sales"][str(year)], provinces, deeper, divisions("taobao_towns", "towns", "province"),
        chosen["population"]["average"],
    )  # fmt: skip
    _check(targets, figures)
    return targets


def _check(targets: Targets, figures: dict[tuple[int, str], float]) -> None:
    """Raises WrongTargets where the provinces contradict the nation, which counts."""
    year, by_province = targets.year, targets.villages_by_province
    coastal = sum(n for code, n in by_province.items() if code in {"13", "32", "33", "35", "37", "44"})
    for told, made, wanted in (
        ("villages", sum(by_province.values()), targets.villages),
        ("provinces", len(by_province), int(figures.get((year, "provinces"), len(by_province)))),
        ("coastal villages", coastal, int(figures.get((year, "coastal_villages"), coastal))),
        ("towns", sum(targets.town_provinces.values()) if year >= SALES_TOWNS_FROM else targets.towns, targets.towns),
    ):
        if made != wanted:
            raise WrongTargets(f"{year}: {told} of all provinces are {made}, not {wanted}")
