"""The room of rules: what a Taobao village is, kept as data, and the statistical year. Contract, sections 4 and 2.

In:  `rulebooks/*.toml`, one rulebook a file, and `rulebooks/calendar.toml`.
Out: `Rulebook`s, checked and frozen, which `flows.rules.expression` turns into DuckDB expressions over the
     metrics of shops and places; a `Calendar`, which gives each statistical year its window.

A wrong file raises a `RulesFileError` (`RulebookError`, `CalendarError`) that names the file and the line.
Only `flows.rules.expression` imports DuckDB, so it is imported by its own name.
"""

from flows.rules.calendar import Calendar, CalendarError, Window, load_calendar
from flows.rules.reading import Rules, SeriesBreak, SeriesBreaks, read_breaks, read_figures, read_metrics, read_rules
from flows.rules.rulebook import Rulebook, RulebookError, load_rulebooks
from flows.rules.toml import RulesFileError

__all__ = [
    "Calendar",
    "CalendarError",
    "Rulebook",
    "RulebookError",
    "Rules",
    "RulesFileError",
    "SeriesBreak",
    "SeriesBreaks",
    "Window",
    "load_calendar",
    "load_rulebooks",
    "read_breaks",
    "read_figures",
    "read_metrics",
    "read_rules",
]
