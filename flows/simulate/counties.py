"""How many villages each county has in a year.

By group (province, prefecture or county with a figure of its own) exactly as set, in exactly as many counties as set, of which
as many as set are clusters, large and super ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flows.simulate.draws import draw, shared_out
from flows.simulate.targets import Targets, WrongTargets

Counts = dict[str, int]
LEAST_CAPACITY = 4
"""Villages that a county must be able to have before it gets the first."""


@dataclass(frozen=True)
class Counties:
    """County codes of 2016, and how many villages each may have at most."""

    capacity: Mapping[str, int]

    def groups(self, targets: Targets) -> dict[str, tuple[int, list[str]]]:
        """Groups by code: what is set for them, less what is set within, and the counties that are in no smaller one."""
        totals = dict(targets.villages_by_province) | targets.divisions
        members: dict[str, list[str]] = {code: [] for code in totals}
        for county in self.capacity:
            if (code := next((c for c in (county, county[:4], county[:2]) if c in totals), None)) is not None:
                members[code].append(county)
        return {
            code: (total - sum(totals[c] for c in totals if c != code and _parent(c, totals) == code), members[code])
            for code, total in totals.items()
        }


def _parent(code: str, totals: Mapping[str, int]) -> str | None:
    return next((c for c in (code[:4], code[:2]) if c != code and c in totals), None)


def spread(counties: Counties, before: Mapping[str, int], targets: Targets, toward: Mapping[str, int], seed: int) -> Counts:
    """Villages by county for a year that follows on `before` (or precedes it).

    `toward`: where growth goes; where empty, to counties in proportion to what they have, more or less.
    Raises WrongTargets where the targets cannot be met.
    """
    counts: Counts = {}
    groups = counties.groups(targets)
    for total, members in groups.values():
        have = {c: n for c in members if (n := min(before.get(c, 0), counties.capacity[c]))}
        if not have and total:
            have = {max(members, key=lambda c: (min(counties.capacity[c], 40), draw(seed, "county", c))): 0}
        grown = total - sum(have.values())
        if grown < 0:
            made = shared_out(total, {c: float(n) for c, n in have.items()})
        else:
            weights = {c: float(max(0, toward.get(c, 0) - before.get(c, 0))) for c in members}
            if not sum(weights.values()):
                weights = {c: (n or 1) * (0.5 + draw(seed, targets.year, c)) for c, n in have.items()}
            made = _within(counties, have, shared_out(grown, weights))
        counts |= {c: n for c, n in made.items() if n}
    work = _Work(counties, counts, {c: code for code, (_, members) in groups.items() for c in members}, targets, seed)
    work.number_of_counties()
    work.tiers()
    return {c: n for c, n in work.counts.items() if n}


def _within(counties: Counties, have: Counts, added: Counts) -> Counts:
    """What counties have and get; what is more than they hold goes to those with the most room."""
    made = {c: have.get(c, 0) + added.get(c, 0) for c in {*have, *added}}
    over = 0
    for c, n in made.items():
        over += max(0, n - counties.capacity[c])
        made[c] = min(n, counties.capacity[c])
    while over:
        c = max(made, key=lambda c: (counties.capacity[c] - made[c], c))
        if made[c] >= counties.capacity[c]:
            raise WrongTargets("a province has not villages enough")
        made[c] += 1
        over -= 1
    return made


@dataclass
class _Work:
    """Moves villages between counties of one group until the counts are as set."""

    counties: Counties
    counts: Counts
    group_of: dict[str, str]
    targets: Targets
    seed: int

    def floor(self, county: str) -> int:
        """The least that a county may have without leaving its tier."""
        n = self.counts.get(county, 0)
        return next((least for least, _ in self.targets.tiers if n >= least), min(n, 1))

    def ceiling(self, county: str) -> int:
        """The most that a county may have without leaving its tier."""
        n = self.counts.get(county, 0)
        above = [least - 1 for least, _ in self.targets.tiers if least > n]
        return min(self.counties.capacity[county], min(above, default=10**9))

    def peers(self, county: str) -> list[str]:
        """The other counties of its group that have villages, those with most first."""
        group = self.group_of[county]
        found = [c for c, n in self.counts.items() if n and c != county and self.group_of[c] == group]
        return sorted(found, key=lambda c: (-self.counts[c], c))

    def number_of_counties(self) -> None:
        """As many counties as set: new ones next to those that have villages, or none where one had a single village."""
        while (missing := self.targets.counties - sum(n > 0 for n in self.counts.values())) > 0:
            in_prefecture: Counts = {}
            for c, n in self.counts.items():
                in_prefecture[c[:4]] = in_prefecture.get(c[:4], 0) + n
            spare: Counts = {}
            for c, n in self.counts.items():
                spare[self.group_of[c]] = spare.get(self.group_of[c], 0) + max(0, n - 1)
            new = [
                county
                for county, group in self.group_of.items()
                if not self.counts.get(county) and spare.get(group) and self.counties.capacity[county] >= LEAST_CAPACITY
            ]
            new.sort(key=lambda c: -(min(60, in_prefecture.get(c[:4], 0)) + 40) * (0.2 + draw(self.seed, "new county", c)))
            if not new:
                raise WrongTargets(f"{self.targets.year}: no county for {missing} more")
            for c in new[: max(1, missing // 4)]:
                if donors := [d for d in self.peers(c) if self.counts[d] > 1]:
                    self.counts[donors[0]] -= 1
                    self.counts[c] = 1
        while sum(n > 0 for n in self.counts.values()) > self.targets.counties:
            last = [c for c, n in self.counts.items() if n and self.peers(c)]
            c = min(last, key=lambda c: (self.counts[c], draw(self.seed, "county", c)))
            taker = next(d for d in self.peers(c) if self.counts[d] + self.counts[c] <= self.counties.capacity[d])
            self.counts[taker] += self.counts[c]
            self.counts[c] = 0

    def tiers(self) -> None:
        """As many counties of each tier as set, from the highest down: a step moves the fewest villages."""
        for least, wanted in self.targets.tiers:
            while (made := sum(n >= least for n in self.counts.values())) != wanted:
                below, move = (made < wanted), self._raise if made < wanted else self._lower
                candidates = sorted(
                    (c for c, n in self.counts.items() if n and (n < least) == below),
                    key=lambda c: (abs(least - self.counts[c]), draw(self.seed, "tier", c)),
                )
                if not any(move(c, least) for c in candidates):
                    raise WrongTargets(f"{self.targets.year}: {made} counties with {least} villages cannot become {wanted}")

    def _raise(self, county: str, least: int) -> bool:
        if least > self.counties.capacity[county]:
            return False
        return self._move(county, least - self.counts[county], self.peers(county), lambda c: self.counts[c] - self.floor(c), 1)

    def _lower(self, county: str, least: int) -> bool:
        takers = [c for c in self.peers(county) if self.counts[c] != least - 1]
        return self._move(county, self.counts[county] - least + 1, takers, lambda c: self.ceiling(c) - self.counts[c], -1)

    def _move(self, county: str, number: int, peers: list[str], room: Callable[[str], int], sign: int) -> bool:
        rooms = {c: room(c) for c in peers}
        if sum(rooms.values()) < number:
            return False
        for c, free in rooms.items():
            part = min(free, number)
            self.counts[c] -= sign * part
            self.counts[county] += sign * part
            number -= part
        return True
