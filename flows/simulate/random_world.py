"""The preset `villages`: a random world of any size on the real divisions, for load tests. No figure is aimed at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from flows.engine import execute
from flows.simulate.draws import draw, shared_out
from flows.simulate.geography import load_places
from flows.simulate.world import Village, World, settle_world

MEAN_ORDER = 120
"""Yuan."""


def plan_random(
    con: duckdb.DuckDBPyConnection, reference: Path, villages: int, shops: int, orders: int, seed: int, years: range
) -> World:
    """A world of so many villages, shops and orders.

    Shops are as many in all as asked for, few in most villages and many in some; they open over the years.
    """
    load_places(con, reference, {})
    rows = execute(con, "simulate/random_lines", villages=villages, seed=seed).fetchall()
    weights = {str(line): 0.2 + draw(seed, "shops", line) ** 6 * 10 for line, _ in rows}
    numbers = {line: 1 + n for line, n in shared_out(shops - len(rows), weights).items()}
    made = []
    for line, _ in rows:
        most, began = numbers[str(line)], draw(seed, "began", line)
        grown = {year: max(1, round(most * min(1.0, (year - years[0] + 1) / len(years) + began))) for year in years}
        sales = {year: float(MEAN_ORDER * orders / len(years) * n / shops) for year, n in grown.items()}
        made.append(
            Village(line, 200 + int(draw(seed, "households", line) * 1500), grown, sales, "any", 0.5 + draw(seed, "weight", line))
        )
    counties = sorted({county for _, county in rows})
    populations = {year: {c: 200_000 + int(draw(seed, "population", c) * 800_000) for c in counties} for year in years}
    world = settle_world(made, years, orders, years)
    return replace(world, populations=populations)
