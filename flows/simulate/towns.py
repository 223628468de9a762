"""How many villages each township has in a year, such that its county has what is set, and as many townships as set have three.

A township stands for itself through all editions (a seat), and is known by its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from flows.simulate.draws import draw
from flows.simulate.targets import SALES_TOWNS_FROM, Targets, WrongTargets, place_of_edition

Counts = dict[int, int]
ENOUGH = 3
"""Villages that make a town."""
LARGEST_SHARE_BY_VILLAGES = 0.6
"""Of a province's towns, once a town's own sales count."""


@dataclass(frozen=True)
class Seat:
    """A township: its codes and its county's in the editions 2016 to 2020.

    `villages` that may be used throughout, `usable` in each edition; those on lists, by year.
    """

    number: int
    codes: tuple[str, ...]
    counties: tuple[str, ...]
    villages: int
    usable: tuple[int, ...]
    listed: dict[int, int]
    is_urban: bool

    @property
    def county(self) -> str:
        """The code of 2016, by which a county is known."""
        return self.counties[0]

    @cached_property
    def capacities(self) -> tuple[int, ...]:
        """The most Taobao villages that it may have in each edition: not all, and all that were on a list, while they stand."""
        most = max(int(self.villages * 0.8), *self.listed.values())
        return tuple(min(most, usable) for usable in self.usable)

    def capacity(self, year: int) -> int:
        """The most Taobao villages that it may have in a year."""
        return self.capacities[place_of_edition(year)]


def settle(seats: Mapping[str, list[Seat]], before: Counts, counties: Mapping[str, int], targets: Targets, seed: int) -> Counts:
    """Villages by seat. `seats`: by county. Raises WrongTargets where the towns cannot be met."""
    counts: Counts = {}
    for county, wanted in sorted(counties.items()):
        here = seats[county]
        had = {seat.number: min(before.get(seat.number, 0), seat.capacity(targets.year)) for seat in here}
        counts |= _settled(here, had, wanted, targets.year, f"{seed}/{targets.year}/{county}")
    work = _Work(seats, counts, counties, targets.year)
    for provinces, wanted, exactly in _goals(counties, targets):
        work.towns(provinces, wanted, exactly)
    return {number: n for number, n in work.counts.items() if n}


def _settled(seats: list[Seat], counts: Counts, wanted: int, year: int, name: str) -> Counts:
    """One county: it grows where most villages are, and elsewhere; what it loses, it loses where fewest are."""
    while (rest := wanted - sum(counts.values())) < 0:
        least = min((n, number) for number, n in counts.items() if n)
        counts[least[1]] -= 1
    for at in range(rest):
        free = [seat for seat in seats if counts[seat.number] < seat.capacity(year)]
        if not free:
            raise WrongTargets(f"{name}: not villages enough")
        begun = [seat for seat in free if counts[seat.number]]
        if begun and draw(name, at) < 0.6:
            seat = max(begun, key=lambda s: counts[s.number] * (0.3 + draw(name, at, s.number)))
        else:
            new = [seat for seat in free if not counts[seat.number]] or free
            seat = max(new, key=lambda s: (sum(s.listed.values()), draw(name, "new", s.number)))
        counts[seat.number] += 1
    return counts


def _goals(counties: Mapping[str, int], targets: Targets) -> Iterable[tuple[frozenset[str], int, bool]]:
    """Provinces, the towns by villages that they shall have together, and whether exactly so many or at most."""
    provinces = frozenset(county[:2] for county in counties)
    if targets.year >= SALES_TOWNS_FROM:
        for code in sorted(provinces):
            yield frozenset({code}), int(targets.town_provinces.get(code, 0) * LARGEST_SHARE_BY_VILLAGES), False
        return
    for code, wanted in sorted(targets.town_provinces.items()):
        yield frozenset({code}), wanted, True
    rest = targets.towns - sum(targets.town_provinces.values())
    if rest < 0:
        raise WrongTargets(f"{targets.year}: provinces have more towns than the nation")
    yield provinces - set(targets.town_provinces), rest, True


@dataclass
class _Work:
    """Moves villages between the townships of a county."""

    seats: Mapping[str, list[Seat]]
    counts: Counts
    counties: Mapping[str, int]
    year: int

    def towns(self, provinces: frozenset[str], wanted: int, exactly: bool) -> None:
        """Makes so many towns in provinces, by the cheapest moves."""
        inside = [county for county in self.counties if county[:2] in provinces]
        made = sum(self.counts[seat.number] >= ENOUGH for county in inside for seat in self.seats[county])
        while made > wanted or (exactly and made < wanted):
            more = made < wanted
            moves = [move for county in inside if (move := self._up(county) if more else self._down(county))]
            if not moves:
                raise WrongTargets(f"{self.year}: {made} towns in {', '.join(sorted(provinces))} cannot become {wanted}")
            cheapest = sorted(moves, key=lambda m: m[0])[: max(1, abs(wanted - made) // 4)]
            for _, changes in cheapest:
                for number, change in changes.items():
                    self.counts[number] += change
            made += len(cheapest) if more else -len(cheapest)

    def _up(self, county: str) -> tuple[tuple[int, str], Counts] | None:
        """The moves that make one more town of a county, and what they cost."""
        here = {seat.number: seat for seat in self.seats[county]}
        below = [n for n in here if self.counts[n] < ENOUGH and here[n].capacity(self.year) >= ENOUGH]
        for number in sorted(below, key=lambda n: (-self.counts[n], n))[:3]:
            need = missing = ENOUGH - self.counts[number]
            moves = {number: need}
            donors = [(self.counts[n] - ENOUGH if self.counts[n] >= ENOUGH else self.counts[n], n) for n in here if n != number]
            for spare, n in sorted(donors, key=lambda d: (-d[0], d[1])):
                part = min(spare, missing)
                if part > 0:
                    moves[n] = -part
                    missing -= part
            if not missing:
                return (need, county), moves
        return None

    def _down(self, county: str) -> tuple[tuple[int, str], Counts] | None:
        """The moves that make one town fewer of a county, and what they cost."""
        here = {seat.number: seat for seat in self.seats[county]}
        for number in sorted((n for n in here if self.counts[n] >= ENOUGH), key=lambda n: (self.counts[n], n)):
            excess = over = self.counts[number] - ENOUGH + 1
            moves = {number: -excess}
            for n, seat in here.items():
                room = seat.capacity(self.year)
                most = room if self.counts[n] >= ENOUGH else min(room, ENOUGH - 1)
                part = min(most - self.counts[n], over)
                if n != number and part > 0:
                    moves[n] = part
                    over -= part
            if not over:
                return (excess, county), moves
        return None
