"""Which townships have how many Taobao villages in each year of the preset `article`, and which are towns by their own sales."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from flows.simulate.counties import Counties, spread
from flows.simulate.draws import draw
from flows.simulate.targets import LISTED, SALES_TOWNS_FROM, YEARS, Targets, WrongTargets, place_of_edition
from flows.simulate.towns import ENOUGH, Counts, Seat, settle

FEWEST_FILLERS, MOST_FILLERS = 6, 11
"""Villages without the status of which the shops of a town by its own sales are."""


@dataclass(frozen=True)
class Villages:
    """By year: Taobao villages by seat, and the seats that are towns by their own sales, with the villages that sell there."""

    counts: dict[int, Counts]
    sales_towns: dict[int, Counts]


def plan_villages(
    seats: dict[str, list[Seat]], elsewhere: dict[int, dict[str, int]], targets: dict[int, Targets], seed: int
) -> Villages:
    """Lists where there are lists; growth from them to the years after, and back to the years before."""
    counts: dict[int, Counts] = {}

    @cache
    def counties(edition: int) -> Counties:
        return Counties({county: sum(seat.capacities[edition] for seat in here) for county, here in seats.items()})

    listed = {year: _listed(seats, elsewhere[year], year) for year in LISTED}

    def by_county(year: int) -> dict[str, int]:
        return {c: n for c, here in seats.items() if (n := sum(counts[year].get(seat.number, 0) for seat in here))}

    def take(year: int, before: int, toward: dict[str, int]) -> None:
        wanted = spread(counties(place_of_edition(year)), by_county(before), targets[year], toward, seed)
        counts[year] = settle(seats, counts[before], wanted, targets[year], seed)

    for year in LISTED:
        counts[year] = listed[year]
        take(year, year, {})
    for year in range(LISTED[-1] + 1, YEARS.stop):
        take(year, year - 1, {})
    for year in range(LISTED[0] - 1, YEARS.start - 1, -1):
        take(year, year + 1, {})
    return Villages(counts, _sales_towns(seats, counts, targets, seed))


def _listed(seats: dict[str, list[Seat]], elsewhere: dict[str, int], year: int) -> Counts:
    """Villages of the list by seat; one that cannot be used is stood for by a neighbour, in its township where that is known."""
    counts = {seat.number: n for here in seats.values() for seat in here if (n := seat.listed[year])}
    townships = {seat.codes[0]: seat for here in seats.values() for seat in here}
    for code, missing in sorted(elsewhere.items()):
        here = [townships[code]] if code in townships else seats.get(code[:6], [])
        for _ in range(missing):
            free = [s for s in here if counts.get(s.number, 0) < s.capacity(year)] or [
                s for s in seats.get(code[:6], []) if counts.get(s.number, 0) < s.capacity(year)
            ]
            if free:  # else its province makes it good
                seat = max(free, key=lambda s: (counts.get(s.number, 0), s.capacity(year), s.number))
                counts[seat.number] = counts.get(seat.number, 0) + 1
    return counts


def _sales_towns(
    seats: dict[str, list[Seat]], counts: dict[int, Counts], targets: dict[int, Targets], seed: int
) -> dict[int, Counts]:
    """The towns of each province that villages alone do not make: where they were the year before, then near villages."""
    made: dict[int, Counts] = {}
    for year in range(SALES_TOWNS_FROM, YEARS.stop):
        made[year] = {}
        before = made.get(year - 1, {})
        for province, wanted in sorted(targets[year].town_provinces.items()):
            here = [seat for county, inside in seats.items() if county[:2] == province for seat in inside]
            having = {seat.county for seat in here if counts[year].get(seat.number)}
            missing = wanted - sum(counts[year].get(seat.number, 0) >= ENOUGH for seat in here)
            free = [s for s in here if counts[year].get(s.number, 0) < ENOUGH and s.villages >= FEWEST_FILLERS + 4]
            free.sort(key=lambda s: (s.number not in before, s.county not in having, draw(seed, "town", s.number)))
            if len(free) < missing:
                raise WrongTargets(f"{year}: no townships for {missing} towns in province {province}")
            for seat in free[:missing]:
                most = min(MOST_FILLERS, seat.villages - counts[year].get(seat.number, 0) - 1)
                fewest = max(FEWEST_FILLERS, before.get(seat.number, 0))
                made[year][seat.number] = max(fewest, min(most, FEWEST_FILLERS + int(6 * draw(seed, "fillers", seat.number))))
    return made
