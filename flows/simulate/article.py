"""The preset `article`: statistical years 2009 to 2020 such that the census under `aliresearch` gives the published series."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import duckdb

from flows.engine import create_table, execute
from flows.settings import Settings
from flows.simulate.draws import draw, shared_out
from flows.simulate.geography import Lists, insert_columns, load_places
from flows.simulate.targets import LISTED, YEARS, Targets, WrongTargets, load_targets, place_of_edition
from flows.simulate.towns import ENOUGH, Seat
from flows.simulate.villages import Villages, plan_villages
from flows.simulate.world import Village, World, settle_world

LEAST_SHOPS = 100
"""Active shops that give a village the status."""
MOST_SHOPS_OF_FILLERS = 95
MOST_SHOPS_OF_NO_TOWN = 290
"""With its sales, a township of more than 300 active shops would be a town."""
LEAST_SALES, LEAST_SALES_OF_FILLERS = 20_000_000, 8_000_000
"""Yuan a village and year, double of what the status asks; of a town's six other villages, over what the town needs."""
OUTSIDE_SEATS, OUTSIDE_SHOPS, FEWEST_OUTSIDE = 3000, 60_000, 1500
OUTSIDE_WEIGHT = 26.0
"""Of a shop outside, beside one of the plan: a third of the orders beyond the base are theirs."""


@dataclass(frozen=True)
class _Selling:
    """A village in a year: line, seat, whether it has the status, and whether its township may have any number of shops."""

    line: int
    seat: int
    has_status: bool
    is_free: bool


def plan_article(con: duckdb.DuckDBPyConnection, settings: Settings, lists: Lists, orders: int, seed: int, years: range) -> World:
    """The world of the article, `years` of it. Raises TooFewOrders, and WrongTargets where figures contradict each other."""
    targets = load_targets(con, settings.published_figures, settings.published_metrics)
    seats, elsewhere = load_places(con, settings.divisions, lists)
    plan = plan_villages(seats, elsewhere, targets, seed)
    selling, outside = _selling(con, seats, plan, seed)
    shops = _shops(selling, targets, seed)
    villages = [*_villages(selling, shops, targets, seed), *_outside(outside, targets, seed)]
    world = settle_world(villages, YEARS, orders, years)
    planned = {year: _planned(targets[year], plan) for year in years}
    populations = {year: _populations(seats, plan, year, targets[year].average_population, seed) for year in years}
    return replace(world, populations=populations, planned=planned)


def _selling(
    con: duckdb.DuckDBPyConnection, seats: dict[str, list[Seat]], plan: Villages, seed: int
) -> tuple[dict[int, list[_Selling]], list[int]]:
    """By year the villages that sell in the plan; and the lines of those outside."""
    known = [seat for here in seats.values() for seat in here]
    create_table(con, "numbered_seats", {"number": "integer", "seat": "varchar[]", "is_urban": "boolean"})
    insert_columns(con, "numbered_seats", [(seat.number, list(seat.codes), seat.is_urban) for seat in known])
    create_table(con, "wanted", {"year": "integer", "seat": "integer", "villages": "integer", "fillers": "integer"})
    rows = [
        (year, seat, counts.get(seat, 0), plan.sales_towns.get(year, {}).get(seat, 0))
        for year, counts in plan.counts.items()
        for seat in sorted({*counts, *plan.sales_towns.get(year, {})})
    ]
    insert_columns(con, "wanted", rows)
    villages: dict[int, list[_Selling]] = defaultdict(list)
    for year, seat, line, role in execute(con, "simulate/village_roles", seed=seed).fetchall():
        is_town = plan.counts[year].get(seat, 0) >= ENOUGH or seat in plan.sales_towns.get(year, {})
        villages[year].append(_Selling(line, seat, role == "Taobao village", is_town or year < LISTED[0]))
    for year, counts in plan.counts.items():
        if (made := sum(village.has_status for village in villages[year])) != (wanted := sum(counts.values())):
            raise WrongTargets(f"{year}: {made} villages stand for {wanted}")
    outside = [row[0] for row in execute(con, "simulate/outside_lines", seed=seed, seats=OUTSIDE_SEATS).fetchall()]
    return dict(villages), outside


def _shops(selling: dict[int, list[_Selling]], targets: dict[int, Targets], seed: int) -> dict[int, dict[int, int]]:
    """Active shops by year and line: as many in all as set, fewest where the township shall be no town."""
    small = _small(selling, seed)
    shops: dict[int, dict[int, int]] = {}
    for year in YEARS:
        before = shops.get(year - 1, {})
        together = Counter(village.seat for village in selling[year])
        fixed: dict[int, int] = {}
        free: dict[int, float] = {}
        for village in selling[year]:
            line, lot = village.line, draw(seed, "shops", village.line)
            if not village.has_status:
                fixed[line] = 62 + int(lot * (MOST_SHOPS_OF_FILLERS - 61))
            elif line in small:
                fixed[line] = 45 + int(lot * 50)
            elif village.is_free:
                free[line] = 0.3 + lot**3 * 4
            else:
                most = MOST_SHOPS_OF_NO_TOWN // together[village.seat]
                fixed[line] = min(most, max(before.get(line, 0), LEAST_SHOPS + int(lot * 40)))
        wanted = targets[year].active_shops - sum(fixed.values())
        shops[year] = fixed | _shared(wanted, free, {line: before.get(line, 0) for line in free}, year)
    return shops


def _small(selling: dict[int, list[_Selling]], seed: int) -> set[int]:
    """Villages that have the status by a tenth of their households, some of those that never are in a town."""
    never = {village.line for villages in selling.values() for village in villages}
    never -= {village.line for villages in selling.values() for village in villages if village.is_free or not village.has_status}
    return {line for line in never if draw(seed, "small", line) < 0.3}


def _shared(wanted: int, weights: dict[int, float], before: dict[int, int], year: int) -> dict[int, int]:
    """Shops in proportion to weights, at least those of the year before, where so many are wanted, and 100."""
    for had in (before, dict.fromkeys(before, 0)):
        least = {line: max(LEAST_SHOPS, had[line]) for line in weights}
        if sum(least.values()) <= wanted:
            break
    else:
        raise WrongTargets(f"{year}: {wanted:,} active shops are too few for {len(weights):,} villages")
    low, high = 0.0, 2.0 * wanted / max(1e-9, min(weights.values(), default=1.0))
    for _ in range(40):
        middle = (low + high) / 2
        made = sum(max(least[line], int(middle * weight)) for line, weight in weights.items())
        low, high = (middle, high) if made <= wanted else (low, middle)
    shops = {line: max(least[line], int(low * weight)) for line, weight in weights.items()}
    rest = wanted - sum(shops.values())
    for at, line in enumerate(sorted(shops)):
        shops[line] += rest // len(shops) + (at < rest % len(shops))
    return shops


def _villages(
    selling: dict[int, list[_Selling]], shops: dict[int, dict[int, int]], targets: dict[int, Targets], seed: int
) -> Iterable[Village]:
    """The villages of the plan, with shops, sales and households."""
    small = _small(selling, seed)
    fillers = {village.line for villages in selling.values() for village in villages if not village.has_status}
    sales = {year: _sales(selling[year], shops[year], targets[year], seed) for year in YEARS}
    for line in sorted({line for year in YEARS for line in shops[year]}):
        own = {year: shops[year][line] for year in YEARS if line in shops[year]}
        lot = draw(seed, "households", line)
        if line in small:
            households = min(own.values()) * 8
        elif line in fillers:
            households = 1200 + int(lot * 1500)
        else:
            households = 300 + int(lot * 2200)
        yield Village(line, households, own, {year: sales[year][line] for year in own})


def _sales(villages: list[_Selling], shops: dict[int, int], targets: Targets, seed: int) -> dict[int, float]:
    """Yuan by line: what is set in all, by shops and luck, nowhere under what the status needs."""
    weights = {v.line: shops[v.line] * (0.5 + draw(seed, "sales", v.line)) * (1 if v.has_status else 0.35) for v in villages}
    least = {v.line: float(LEAST_SALES if v.has_status else LEAST_SALES_OF_FILLERS) for v in villages}
    scale = targets.sales / sum(weights.values())
    for _ in range(30):
        held = sum(least[line] for line in weights if weights[line] * scale <= least[line])
        scale = (targets.sales - held) / sum(w for line, w in weights.items() if w * scale > least[line])
    return {line: max(least[line], weight * scale) for line, weight in weights.items()}


def _outside(lines: list[int], targets: dict[int, Targets], seed: int) -> Iterable[Village]:
    """Villages without the status, outside of towns: a few shops each, with all the rest of the rural sales."""
    most = targets[YEARS[-1]].active_shops
    shops = {year: FEWEST_OUTSIDE + OUTSIDE_SHOPS * targets[year].active_shops // most for year in YEARS}
    rest = {year: targets[year].sales * (1 / targets[year].share_of_rural_sales - 1) for year in YEARS}
    for at, line in enumerate(lines):
        own = {year: n for year in YEARS if (n := (shops[year] + len(lines) - 1 - at) // len(lines))}
        sales = {year: rest[year] * n / shops[year] for year, n in own.items()}
        yield Village(line, 400 + int(draw(seed, "households", line) * 1800), own, sales, "outside", OUTSIDE_WEIGHT)


def _populations(seats: dict[str, list[Seat]], plan: Villages, year: int, average: int, seed: int) -> dict[str, int]:
    """Persons by county code of the year's edition, for every county with a Taobao village."""
    at = place_of_edition(year)
    having = {seat.counties[at] for here in seats.values() for seat in here if plan.counts[year].get(seat.number)}
    return shared_out(average * len(having), {code: 0.5 + draw(seed, "population", code) for code in sorted(having)})


def _planned(targets: Targets, plan: Villages) -> dict[str, int]:
    """What the census shall come to."""
    return {
        "taobao_villages": sum(plan.counts[targets.year].values()),
        "taobao_towns": sum(n >= ENOUGH for n in plan.counts[targets.year].values())
        + len(plan.sales_towns.get(targets.year, {})),
        "provinces": targets.provinces,
        "counties": targets.counties,
        "clusters": targets.clusters,
        "large_clusters": targets.large_clusters,
        "super_clusters": targets.super_clusters,
        "active_shops": targets.active_shops,
    }
