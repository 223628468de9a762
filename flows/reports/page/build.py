"""The yearly report as one HTML file: what it tells, and how it is put together.

Everything is read from a snapshot's tables by the statements of `sql/reports/page/` and those of the charts. The page holds it
in blocks (JSON, deflated, base64), which `page.js` shows as text. For the same tables it is the same, byte by byte.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from flows.engine import statement
from flows.reports.charts import CHARTS, LANGUAGES, boundaries, rows, script
from flows.reports.near_misses import NEAR_MISSES, make_near_misses
from flows.reports.tables import as_dicts, columns_and_rows, open_snapshot
from flows.reports.text import as_decimal
from flows.rules import Rulebook, Rules
from flows.rules.rulebook import AllOf, Criterion, JobsRule, Rule, Tree

PAGE = "report.html"
_HERE = Path(__file__).parent
_MOST_BYTES = 6_000_000
"""Size of the file, at most: some mail servers and telephones take no more."""
_MOST_PLACES = 100_000
"""Villages, and townships, of which figures are told, at most; where they are too large for the page, fewer."""
_FIGURES = {
    "headline": "headline",
    "files": "source_file",
    "held": "source_file",
    "reasons": "quarantine",
    "lists": "list_match",
}
"""Tables of the page by their query in sql/reports/page, and the published table that each comes from."""
_FORECASTS = ("forecast", "backtest", "forecast_series")
_WHOLE = (*_FORECASTS, "reconciliation")
"""Published tables that the page tells whole."""


def build_page(con: duckdb.DuckDBPyConnection, snapshot: Path, rules: Rules, lead: str, most_bytes: int = _MOST_BYTES) -> str:
    """The page over the tables of a snapshot, which the connection holds; `lead` is the rulebook that it opens with."""
    page = _text("page.html")
    with ThreadPoolExecutor(1) as aside, con.cursor() as second:
        others = aside.submit(_all_but_places, second, snapshot, rules, lead)
        places, names = _places(
            con, lambda: most_bytes - len(page) - sum(len(part.encode()) for part in others.result().values())
        )
        parts = others.result() | {"PLACES": places, "NAMES": names}
    for name, part in parts.items():
        before, _, after = page.partition(f"/*{name}*/")
        page = before + part + after
    return page


def _all_but_places(con: duckdb.DuckDBPyConnection, snapshot: Path, rules: Rules, lead: str) -> dict[str, str]:
    """The blocks of the page that are as large as they are."""
    return {
        "STYLE": _text("page.css"),
        "SCRIPT": _text("page.js"),
        "TOLD": _deflated(_as_json(_told(con, snapshot, rules, lead))),
        "BOUNDARIES": _deflated(boundaries()),
        "VEGA": _deflated(script()),
    }


def write_report(snapshot: Path, rules: Rules, lead: str, path: Path | None = None) -> Path:
    """Writes the report of a snapshot, into it or to another path, and returns where. The file appears whole."""
    path = path or snapshot / PAGE
    with open_snapshot(snapshot) as con:
        page = build_page(con, snapshot, rules, lead)
    building = path.with_name(f".{path.name}.part")
    building.write_text(page, encoding="utf-8")
    building.replace(path)
    return path


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _as_json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _deflated(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode())).decode()


def _told(con: duckdb.DuckDBPyConnection, snapshot: Path, rules: Rules, lead: str) -> dict[str, Any]:
    """What the page tells but for places: figures, charts, rules, words."""
    figures = {name: _figure(con, snapshot, name, table, statement(f"reports/page/{name}")) for name, table in _FIGURES.items()}
    there = {name for (name,) in con.execute("select view_name from duckdb_views()").fetchall()}
    figures |= {table: _figure(con, snapshot, table, table, f'select * from "{table}"') for table in _WHOLE if table in there}
    headline = figures["headline"]
    year, is_provisional = (headline["columns"].index(name) for name in ("year", "is_provisional"))
    return {
        "lead": lead,
        "version": con.execute(statement("reports/page/moment")).fetchall()[0][0],
        "years": sorted({row[year] for row in headline["rows"]}),
        "provisional": sorted({row[year] for row in headline["rows"] if row[is_provisional]}),
        "rulebooks": [_rulebook(book) for book in rules.rulebooks],
        "calendar": [
            [number, window.first_day.isoformat(), window.last_day.isoformat()]
            for number, window in sorted(rules.calendar.exceptions.items())
        ],
        "words": json.loads(_text("words.json")),
        "findings": _findings(figures),
        "figures": figures | _near_misses(con, rules.rulebooks),
        "ways": _ways(con),
        "charts": [_chart(con, snapshot, chart) for chart in CHARTS],
    }


def _figure(con: duckdb.DuckDBPyConnection, snapshot: Path, name: str, table: str, query: str) -> dict[str, Any]:
    """A table of the page: columns, rows, and where they come from."""
    told = "\n".join(line for line in query.splitlines() if not line.startswith("--")).rstrip(";\n ")
    columns, found = columns_and_rows(con.execute(told))
    return {
        "name": name,
        "columns": columns,
        "rows": [[_json(value) for value in row] for row in found],
        "query": told,
        "paths": _paths(snapshot, table),
    }


def _chart(con: duckdb.DuckDBPyConnection, snapshot: Path, chart: Any) -> dict[str, Any]:
    columns, found = rows(con, chart)
    return {
        "name": chart.name,
        "title": dict(chart.title),
        "description": dict(chart.description),
        "of_year": chart.of_year,
        "boundaries": chart.boundaries,
        "follows": chart.follows,
        "specs": {language: chart.spec(language) for language in LANGUAGES} if found else {},
        "columns": columns,
        "rows": [[_json(value) for value in row] for row in found],
        "query": chart.query,
        "paths": _paths(snapshot, chart.table),
    }


def _paths(snapshot: Path, table: str) -> list[str]:
    """The files of a table, as the page links to them."""
    found = [snapshot / f"{table}.parquet", *sorted(snapshot.glob(f"{table}/year=*"))]
    return [path.relative_to(snapshot).as_posix() for path in found if path.exists()]


def _json(value: Any) -> Any:
    """A value as the page has it: decimals as texts, which stay exact."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value[:2_000] if isinstance(value, str) else value


def _near_misses(con: duckdb.DuckDBPyConnection, rulebooks: Sequence[Rulebook]) -> dict[str, Any]:
    make_near_misses(con, rulebooks)
    columns, found = columns_and_rows(con.execute(statement("reports/page/near")))
    return {
        "near": {
            "name": "near_misses",
            "columns": columns,
            "rows": [[_json(value) for value in row] for row in found],
            "command": f"census show {NEAR_MISSES}",
            "paths": [],
        }
    }


def _findings(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the forecasts say in words, by rulebook and series."""
    from flows.reports.forecast import findings

    told = [as_dicts(figures[name]["columns"], figures[name]["rows"]) if name in figures else [] for name in _FORECASTS]
    return [{"rulebook": one.rulebook, "series": one.series, "zh": one.zh, "en": one.en} for one in findings(*told).sentences]


def _ways(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The criteria of villages, with exact thresholds as fractions (texts: JavaScript's numbers are not exact)."""
    columns, found = columns_and_rows(con.execute(statement("reports/page/ways")))
    return [dict(zip(columns, map(_json, row), strict=True)) for row in found]


def _rulebook(book: Rulebook) -> dict[str, Any]:
    levels: Mapping[str, Sequence[Rule]] = {
        "active": book.active, "village": book.village, "township": book.township, "cluster": book.cluster, "jobs": book.jobs,
    }  # fmt: skip
    return {
        "name": book.name,
        "title": book.title,
        "rules": [
            {
                "level": level,
                "first": rule.first_year,
                "last": rule.last_year,
                "criteria": _formula(rule),
                "words": rule.words,
                "source": rule.source.name,
                "address": rule.source.address,
            }
            for level, given in levels.items()
            for rule in given
        ],
    }


def _formula(rule: Rule) -> str:
    """What a rule asks, as its rulebook writes it: `sales > 10000000 and active_shops > 100`."""
    if isinstance(rule, JobsRule):
        return f"{as_decimal(rule.per_active_shop)} * active_shops"
    trees: dict[str, Tree | None] = {
        name: getattr(rule, name)
        for name in ("criteria", "villages", "sales", "cluster", "large", "super")
        if hasattr(rule, name)
    }
    told = [
        f"{_expression(tree)}" if name == "criteria" else f"{name}: {_expression(tree)}" for name, tree in trees.items() if tree
    ]
    units = getattr(rule, "units", None)
    return "; ".join([*told, *([f"unit_type: {', '.join(units)}"] if units else [])])


def _expression(tree: Tree) -> str:
    if isinstance(tree, Criterion):
        if isinstance(tree.value, bool):
            return tree.metric if tree.value else f"not {tree.metric}"
        return f"{tree.metric}{f' / {tree.over}' if tree.over else ''} {tree.op} {as_decimal(Fraction(tree.value)):,}"
    inner = [_expression(item) if isinstance(item, Criterion) else f"({_expression(item)})" for item in tree.items]
    return (" and " if isinstance(tree, AllOf) else " or ").join(inner)


def _places(con: duckdb.DuckDBPyConnection, most_bytes: Callable[[], int]) -> tuple[str, str]:
    """The index of places, with figures of as many villages and townships as there is room for; and its names, packed.

    `most_bytes` tells how much room there is, once that is known.
    """
    townships = con.execute(statement("reports/page/townships")).fetchall()
    names = "\n".join([row[7] for row in townships if row[7]])
    packed, alphabet = pack_names(names)
    told: dict[str, Any] = {
        "provinces": {row[4]: row[5] for row in townships},
        "counties": {row[2]: row[3] for row in townships if row[2]},
        "townships": [[row[0], row[1], row[6].count("\n") + 1 if row[6] else 0] for row in townships],
        "codes": [code for row in townships if row[6] for code in _steps(row[6])],
        "alphabet": alphabet,
    }
    above = {text for row in townships for text in (row[1], row[3], row[5]) if text}
    told["pinyin"] = _readings(set("".join(alphabet)) | set("".join(above)))
    figures = {"county": _columns(con, "county_figures")}
    most = _MOST_PLACES
    while True:
        figures |= {level: _columns(con, f"{level}_figures", most=most) for level in ("village", "township")}
        block = _deflated(_as_json(told | {"figures": figures}))
        if len(block) + len(packed) <= most_bytes() or most == 0:
            return block, packed
        most = most * 2 // 3 if most > 1_000 else 0


def _steps(codes: str) -> list[int]:
    """The last digits of the codes in a township as steps from one to the next: most are 1, which packs well."""
    numbers = [0, *map(int, codes.split("\n"))]
    return [number - before for before, number in pairwise(numbers)]


_ENDINGS = ("村民委员会", "社区居民委员会", "社区居委会", "居民委员会", "村委会", "居委会")
"""Ends of names, which are packed as one character each."""
_ONE_BYTE = 200
"""Characters of an alphabet, the commonest ones, that take one byte; the others take two."""
_LETTERS = _ONE_BYTE + (256 - _ONE_BYTE) * 256


def pack_names(names: str) -> tuple[str, list[str]]:
    """Names as bytes, deflated, in base64; and the alphabet that they are written in, the commonest letter first.

    Deflate sees bytes, of which a Chinese character has three: written by rank, in one or two, names take a third less.
    A letter may be a whole ending. More letters than there are bytes for become U+FFFD.
    """
    endings = {chr(0xE000 + number): ending for number, ending in enumerate(_ENDINGS)}
    names = names.translate(dict.fromkeys(map(ord, endings), "\N{REPLACEMENT CHARACTER}"))
    for letter, ending in endings.items():
        names = names.replace(ending, letter)
    counts = Counter(names)
    ranked = sorted(counts, key=lambda letter: (-counts[letter], letter))[: _LETTERS - 1]
    ranked += [] if "\N{REPLACEMENT CHARACTER}" in ranked else ["\N{REPLACEMENT CHARACTER}"]
    unknown = _written(ranked.index("\N{REPLACEMENT CHARACTER}"))
    table = dict.fromkeys(map(ord, counts), unknown) | {ord(letter): _written(rank) for rank, letter in enumerate(ranked)}
    packed = zlib.compress(names.translate(table).encode("latin-1"))
    return base64.b64encode(packed).decode(), [endings.get(letter, letter) for letter in ranked]


def _written(rank: int) -> str:
    """A rank in one or two characters, each standing for a byte."""
    if rank < _ONE_BYTE:
        return chr(rank)
    high, low = divmod(rank - _ONE_BYTE, 256)
    return chr(_ONE_BYTE + high) + chr(low)


def _columns(con: duckdb.DuckDBPyConnection, name: str, **parameters: Any) -> dict[str, Any]:
    """The rows of a statement, column by column: neighbours are alike, and pack well."""
    columns, found = columns_and_rows(con.execute(statement(f"reports/page/{name}"), parameters or None))
    return {"columns": columns, "values": [list(column) for column in zip(*found, strict=True)] or [[] for _ in columns]}


def _readings(characters: Iterable[str]) -> dict[str, list[str]]:
    """Every Chinese character, with its readings in pinyin without tones; a character may have several."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # words are not asked for: it starts twice as fast without them
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "true")
    from pypinyin import Style, pinyin

    chinese = sorted(character for character in characters if character >= "\u3400")
    told = {
        character: sorted({sound.replace("ü", "v") for sound in pinyin(character, style=Style.NORMAL, heteronym=True)[0]})
        for character in chinese
    }
    return {character: sounds for character, sounds in told.items() if sounds != [character]}
