"""The statistical year (contract, section 2): 1 July N-1 to 30 June N, Asia/Shanghai, both days included.

    load_calendar(path) -> Calendar

The calendar file (`rulebooks/calendar.toml`) gives exceptional years other months. Windows are whole months
and may overlap, so an order can count in two years, or in none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from flows.rules.rulebook import FIRST_YEAR, LAST_YEAR
from flows.rules.toml import Node, RulesFileError, read_toml


class CalendarError(RulesFileError):
    """A calendar file that is wrong."""


@dataclass(frozen=True, slots=True)
class Window:
    """The whole months of a statistical year: from `first_day` to the day before `end`."""

    first_day: date
    end: date

    @property
    def last_day(self) -> date:
        """The year's end: the last day of the last month."""
        return self.end - timedelta(days=1)

    @property
    def last_3_months_from(self) -> date:
        """The first day of the third-last month; of a shorter window its first day."""
        return max(self.first_day, _month(self.end.year, self.end.month - 3))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which months a statistical year has: `exceptions` by year, else July to June."""

    exceptions: dict[int, Window]

    def window(self, year: int) -> Window:
        """The window of a year."""
        return self.exceptions.get(year) or Window(date(year - 1, 7, 1), date(year, 7, 1))

    def years_around(self, first_month: date, last_month: date) -> tuple[int, ...]:
        """The years, ascending, whose window holds a month from that of one date to that of the other."""
        candidates = {*range(first_month.year, last_month.year + 2), *self.exceptions}
        return tuple(
            year
            for year in sorted(candidates)
            if self.window(year).first_day <= last_month and first_month < self.window(year).end
        )

    def closed(self, day: date) -> int:
        """The year whose window was over last, on a day: of several that ended together the newest."""
        years: set[int] = {*range(FIRST_YEAR, day.year + 1), *self.exceptions}
        return max((year for year in years if self.window(year).end <= day), key=lambda year: (self.window(year).end, year))


def _month(year: int, month: int) -> date:
    """The first day of a month; months beyond 1 to 12 run on into the years around."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _read_month(node: Node) -> tuple[int, int]:
    parts = re.fullmatch(r"(20[0-9]{2})-(0[1-9]|1[0-2])", node.text())
    if not parts:
        raise node.error(f'{node.value!r} is no month from 2000 to 2099: write it as "2015-09"')
    return int(parts[1]), int(parts[2])


def load_calendar(path: Path) -> Calendar:
    """The calendar of a file of tables such as [2016] with `first = "2015-09"` and `last = "2016-08"`.

    Raises CalendarError for the first thing that is wrong.
    """
    exceptions = {}
    for key, table in read_toml(path, CalendarError).entries().items():
        if not re.fullmatch("[0-9]{4}", key) or not FIRST_YEAR <= int(key) <= LAST_YEAR:
            raise table.error(f"`{key}` is no statistical year: use {FIRST_YEAR} to {LAST_YEAR}")
        months = table.table(("first", "last"))
        first, last = _read_month(months["first"]), _read_month(months["last"])
        if first > last:
            raise months["last"].error("`last` is before `first`: exchange them")
        exceptions[int(key)] = Window(_month(*first), _month(last[0], last[1] + 1))
    return Calendar(exceptions)
