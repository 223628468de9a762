"""All the rules of a run, read and checked before anything else."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

from flows.rules.calendar import Calendar, load_calendar
from flows.rules.rulebook import Rulebook, load_rulebooks
from flows.rules.toml import RulesFileError


class FiguresError(RulesFileError):
    """The file of published figures is wrong."""


def read_figures(path: Path) -> str:
    """The digest of the published figures. Raises FiguresError with file and line where a row cannot be one."""
    try:
        content = path.read_bytes()
        rows = csv.reader(io.StringIO(content.decode("utf-8")), strict=True)
        if next(rows, None) != ["year", "metric", "value", "unit", "source"]:
            raise FiguresError(path, 1, "the header must be year,metric,value,unit,source")
        for row in rows:
            if len(row) != 5 or not re.fullmatch("[0-9]{4}", row[0]) or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", row[2]):
                raise FiguresError(path, rows.line_num, "write year (four digits), metric, value (a number), unit, source")
    except OSError as error:
        raise FiguresError(path, 1, f"cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise FiguresError(path, 1, f"not CSV in UTF-8: {error}") from error
    return hashlib.sha256(content).hexdigest()


class BreaksError(RulesFileError):
    """The file of breaks of series is wrong."""


@dataclass(frozen=True, slots=True)
class SeriesBreak:
    """A year from which on a series counts something else, what that is (in English and Chinese), and who says so.

    `effect`: `cut`, years before it are another series; `level`, they may lie a level higher or lower; `mark`, it is told alone.
    """

    rulebook: str
    series: str
    year: int
    effect: str
    what: str
    what_zh: str
    source: str


@dataclass(frozen=True, slots=True)
class SeriesBreaks:
    """The declared breaks of series, with the digest of their file."""

    breaks: tuple[SeriesBreak, ...]
    digest: str


def read_breaks(path: Path) -> SeriesBreaks:
    """The declared breaks of series. Raises BreaksError with file and line where a row cannot be one."""
    names, found = ["rulebook", "series", "year", "effect", "what", "what_zh", "source"], []
    try:
        content = path.read_bytes()
        rows = csv.reader(io.StringIO(content.decode("utf-8")), strict=True)
        if next(rows, None) != names:
            raise BreaksError(path, 1, f"the header must be {','.join(names)}")
        for row in rows:
            whole = len(row) == len(names) and all(row)
            if not whole or not re.fullmatch("[0-9]{4}", row[2]) or row[3] not in ("cut", "level", "mark"):
                told = "write rulebook, series, year (four digits), effect (cut, level or mark), what changed, in Chinese, source"
                raise BreaksError(path, rows.line_num, told)
            found.append(SeriesBreak(row[0], row[1], int(row[2]), *row[3:]))
    except OSError as error:
        raise BreaksError(path, 1, f"cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BreaksError(path, 1, f"not CSV in UTF-8: {error}") from error
    return SeriesBreaks(tuple(found), hashlib.sha256(content).hexdigest())


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
