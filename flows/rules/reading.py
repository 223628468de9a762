"""All the rules of a run, read and checked before anything else."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from flows.rules.calendar import Calendar, load_calendar
from flows.rules.rulebook import Rulebook, load_rulebooks


@dataclass(frozen=True, slots=True)
class Rules:
    """The rulebooks and the calendar, with digests of the files that they were read from."""

    rulebooks: tuple[Rulebook, ...]
    calendar: Calendar
    digests: dict[str, str]


def read_rules(rulebooks: Path, calendar: Path) -> Rules:
    """Reads every rulebook of a folder and the calendar file. Raises RulesFileError with file and line."""
    books = load_rulebooks(rulebooks)
    exceptions = load_calendar(calendar)
    digest = hashlib.sha256()
    for book in books:
        digest.update(book.name.encode() + b"\0" + (rulebooks / f"{book.name}.toml").read_bytes())
    return Rules(
        books,
        exceptions,
        {"rulebooks": digest.hexdigest(), "calendar": hashlib.sha256(calendar.read_bytes()).hexdigest()},
    )
