"""A world: villages, their shops in groups that open and close together, and what is ordered of them in each year.

Everything here is small (some ten thousand villages, some hundred thousand rows); shops and orders are made of it by SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby

from flows.simulate.draws import shared_out

BASE = {"active": 3, "young": 2, "outside": 1, "any": 0}
"""Orders that every shop of a kind has in a year: `active` one in each of the last three months, `young` (first year, open for 31
to 60 days at the year's end) two in the last; a shop outside one in any month."""
UNCLOSED = 9999


class TooFewOrders(ValueError):
    """The world needs more orders: `least`, in all."""

    def __init__(self, message: str, least: int) -> None:
        super().__init__(message)
        self.least = least


@dataclass(frozen=True)
class Village:
    """A village of the world by its line: shops and sales (yuan) by year; a shop stays until there are fewer."""

    line: int
    households: int
    shops: Mapping[int, int]
    sales: Mapping[int, float]
    kind: str = "active"
    weight: float = 1.0


@dataclass(frozen=True)
class Cohort:
    """Shops of a village that open in one year and close after one."""

    line: int
    shops: int
    first_year: int
    last_year: int
    kind: str
    weight: float

    def base(self, year: int) -> int:
        """Orders that each of its shops has in a year."""
        return BASE["active" if self.kind == "young" and year > self.first_year else self.kind]

    def is_open(self, year: int) -> bool:
        """Whether its shops sell in a year."""
        return self.first_year <= year <= self.last_year


@dataclass(frozen=True)
class CohortYear:
    """A cohort in a year.

    The weights of all shops before it and of each of its own, for orders beyond the base; the mean amount of an order, in fen.
    """

    cohort: int
    year: int
    weight_before: int
    weight: int
    mean_fen: int


@dataclass(frozen=True)
class World:
    """All that is delivered is made of this and a seed. `further`: orders beyond the base by year."""

    years: range
    villages: list[Village]
    cohorts: list[Cohort]
    further: dict[int, int]
    populations: dict[int, dict[str, int]] = field(default_factory=dict)  # by year and county code
    planned: dict[int, dict[str, int]] = field(default_factory=dict)

    @property
    def shops(self) -> int:
        """All shops that ever are."""
        return sum(cohort.shops for cohort in self.cohorts)

    @property
    def orders(self) -> int:
        """All orders."""
        return sum(self.further.values()) + sum(_base(self.cohorts, year) for year in self.years)


def settle_world(villages: list[Village], years: range, orders: int, kept_years: range) -> World:
    """A world of so many orders: all in `years` that the villages' shops need, the rest as the shops' weights are.

    Only `kept_years` are kept; shops that opened before are as old as any. Where orders are scarce, more of the new shops
    have opened just before the year's end: these need fewer. Raises TooFewOrders.
    """
    cohorts = [cohort for village in villages for cohort in _cohorts(village, years)]
    kept = [
        replace(c, first_year=max(c.first_year, kept_years[0]))
        for c in cohorts
        if c.last_year >= kept_years[0] and c.first_year <= kept_years[-1]
    ]
    new = sum(c.shops for c in kept if c.kind == "active" and c.first_year > kept_years[0])
    least = {
        year: sum(c.shops * (BASE["young"] if _is_new(c, year, kept_years) else c.base(year)) for c in kept if c.is_open(year))
        for year in kept_years
    }
    spare = orders - sum(least.values())
    if spare < 0:
        told = ", ".join(f"{year}: {number:,}" for year, number in least.items() if number)
        message = f"{orders:,} orders are too few: the shops of this plan need {sum(least.values()):,} ({told})"
        raise TooFewOrders(message, sum(least.values()))
    older = min(0.8, spare / (2 * new)) if new else 0.0
    split = list(_split(kept, kept_years, older))
    base = {year: _base(split, year) for year in kept_years}
    further = shared_out(orders - sum(base.values()), {str(year): base[year] + 1.0 for year in kept_years})
    return World(kept_years, villages, split, {int(year): n for year, n in further.items()})


def _base(cohorts: list[Cohort], year: int) -> int:
    return sum(c.shops * c.base(year) for c in cohorts if c.is_open(year))


def _is_new(cohort: Cohort, year: int, years: range) -> bool:
    return cohort.kind == "active" and cohort.first_year == year > years[0]


def _cohorts(village: Village, years: range) -> Iterator[Cohort]:
    """The village's shops: those that came last are the first to close."""
    there: list[tuple[int, int]] = []  # first year, shops
    for year in years:
        now = village.shops.get(year, 0)
        while (over := sum(n for _, n in there) - now) > 0:
            first, number = there.pop()
            yield Cohort(village.line, min(over, number), first, year - 1, village.kind, village.weight)
            if number > over:
                there.append((first, number - over))
        if over < 0:
            there.append((year, -over))
    for first, number in there:
        yield Cohort(village.line, number, first, UNCLOSED, village.kind, village.weight)


def _split(cohorts: list[Cohort], years: range, older: float) -> Iterator[Cohort]:
    """Cohorts that are new in a year of theirs in two: a share that is older, and young ones."""
    owed = 0.0
    for cohort in cohorts:
        if not _is_new(cohort, cohort.first_year, years):
            yield cohort
            continue
        owed += cohort.shops * older
        number = min(cohort.shops, round(owed))
        owed -= number
        if number:
            yield replace(cohort, shops=number)
        if number < cohort.shops:
            yield replace(cohort, shops=cohort.shops - number, kind="young")


def cohort_years(world: World) -> Iterator[CohortYear]:
    """Each cohort in each of its years. Amounts are such that a village's sales are those planned, a few in a thousand off."""
    sales = {village.line: village.sales for village in world.villages}
    for year in world.years:
        here = [(at, c) for at, c in enumerate(world.cohorts) if c.is_open(year)]
        weights = {at: 0 if c.kind == "young" and c.first_year == year else max(1, round(100 * c.weight)) for at, c in here}
        whole = sum(weights[at] * c.shops for at, c in here)
        before = 0
        for line, group in groupby(here, key=lambda pair: pair[1].line):
            cohorts = list(group)
            further = world.further[year] * sum(weights[at] * c.shops for at, c in cohorts) / whole if whole else 0
            counted = sum(c.shops * c.base(year) for _, c in cohorts) * 0.997 + further * LASTING
            mean = max(100, round(sales[line].get(year, 0) * 100 / max(counted, 1)))
            for at, cohort in cohorts:
                yield CohortYear(at, year, before, weights[at], mean)
                before += weights[at] * cohort.shops


LASTING = 0.964
"""Of what is ordered beyond the base, the share that stays a sale: some is never paid, some refunded (order_versions.sql)."""
