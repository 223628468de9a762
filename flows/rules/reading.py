"""All the rules of a run, read and checked before anything else."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.rules.calendar import Calendar, load_calendar
from flows.rules.rulebook import Rulebook, load_rulebooks
from flows.rules.toml import RulesFileError


class FiguresError(RulesFileError):
    """The file of published figures, or that of their metrics, is wrong."""


_TABLES = ("headline", "province_year", "county_year", "village_status", "")
_METRICS = ("metric", "first_year", "last_year", "table", "census_metric", "codes", "precision", "reason", "note")


def read_figures(path: Path) -> str:
    """The digest of the published figures.

    Raises FiguresError with file and line where a row cannot be one, or a source gives a figure of a place a second time.
    """
    seen: dict[tuple[str, ...], int] = {}
    content = _content(path)
    for line, row in _rows(path, content, ("year", "metric", "value", "unit", "source")):
        if not re.fullmatch("[0-9]{4}", row[0]) or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", row[2]):
            raise FiguresError(path, line, "write year (four digits), metric, value (a number), unit, source")
        of_place = re.fullmatch(r"([^=]*)\.(?:province|city|county)=(.+)", row[1])
        before = seen.setdefault((row[0], *(of_place.groups() if of_place else (row[1], "")), row[4]), line)
        if before != line:
            raise FiguresError(
                path, line, f"the source gives this figure in line {before} too; of places of one name write the whole name"
            )
    return hashlib.sha256(content).hexdigest()


def read_metrics(path: Path) -> str:
    """The digest of the table that tells where the census has published metrics.

    Raises FiguresError with file and line where a row is wrong, or a metric has two rows for a year.
    """
    content = _content(path)
    years_of: dict[str, list[range]] = {}
    for line, row in _rows(path, content, _METRICS):
        metric, first, last, table, census_metric, codes, precision, reason, _ = row
        if not all(re.fullmatch("[0-9]{4}|", year) for year in (first, last)):
            raise FiguresError(path, line, "write first_year and last_year with four digits, or leave them empty")
        if table not in _TABLES or bool(table) != bool(census_metric):
            raise FiguresError(path, line, f"write table ({', '.join(filter(None, _TABLES))}) and census_metric, or neither")
        if table == "village_status" and not re.fullmatch(r"active_shops|villages_with_sales_over_[0-9]{1,15}", census_metric):
            raise FiguresError(path, line, "of village_status write active_shops, or villages_with_sales_over_ and whole yuan")
        if precision not in ("exact", "rounded") or reason not in ("forecast", "other_definition", "no_metric", ""):
            raise FiguresError(
                path, line, "write precision (exact, rounded), reason (forecast, other_definition, no_metric) or none"
            )
        digits = {"province_year": "[0-9]{2}", "county_year": "[0-9]{4}([0-9]{2})?"}.get(table)
        if codes and not (digits and re.fullmatch(f"{digits}( {digits})*", codes)):
            raise FiguresError(path, line, "write codes of province_year (2 digits) or county_year (4 or 6), with blanks between")
        if not (table or reason):
            raise FiguresError(path, line, "write where the census has the metric, or a reason why it has not")
        years = range(int(first or 0), int(last or 9999) + 1)
        others = years_of.setdefault(metric, [])
        if any(max(years.start, other.start) < min(years.stop, other.stop) for other in others):
            raise FiguresError(path, line, f"{metric} has another row for some of these years")
        others.append(years)
    return hashlib.sha256(content).hexdigest()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FiguresError(path, 1, f"cannot be read: {error.strerror}") from error


def _rows(path: Path, content: bytes, header: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file under a header, each with the line that it ends in."""
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8")), strict=True)
        if next(rows, None) != [*header]:
            raise FiguresError(path, 1, f"the header must be {','.join(header)}")
        for row in rows:
            if len(row) != len(header):
                raise FiguresError(path, rows.line_num, f"write {len(header)} values: {', '.join(header)}")
            yield rows.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise FiguresError(path, 1, f"not CSV in UTF-8: {error}") from error


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
