"""CHANGES.md of a release: what it changes against the one before, for people, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from flows.engine import execute
from flows.publish import open_tables
from flows.reports.text import as_markdown

_PLACES = ("", "code", "name", "sales", "orders", "active shops", "households", "Taobao villages")
_FIGURES = ("figure", "before → now")
_INPUTS = ("input", "before", "now")


def changelog(con: duckdb.DuckDBPyConnection, before: Path | None, after: Path, name: str, differing: Sequence[str]) -> str:
    """What the release of a name, in the folder `after`, changes against the one before: places, headline, inputs, files."""
    if before is None:
        return f"# {name}\n\nThe first release of this year.\n"
    for prefix, folder in (("earlier_", before), ("later_", after)):
        open_tables(con, folder, prefix, ("village_status", "township_status", "headline", "run"))
    execute(con, "reports/changed_places")
    places = execute(con, "reports/release_changes").fetchall()
    headline = execute(con, "reports/diff_headline", year=None, rulebook=None).fetchall()
    inputs = execute(con, "reports/diff_inputs").fetchall()
    lines = [f"# {name}", "", f"Against {before.name}, under each rulebook."]
    for rulebook in sorted({row[0] for row in places} | {row[1] for row in headline}):
        lines += ["", f"## {rulebook}"]
        if rows := [row[1:] for row in places if row[0] == rulebook]:
            lines += [
                "",
                "Villages and towns that gained or lost the status, or have other figures:",
                "",
                *_table(_PLACES, map(_place, rows)),
            ]
        if rows := [row[2:5] for row in headline if row[1] == rulebook]:
            lines += [
                "",
                "Figures of the whole census:",
                "",
                *_table(_FIGURES, ((metric, _pair(*values)) for metric, *values in rows)),
            ]
    if not places:
        lines += ["", "No village or town has another status or other figures."]
    if inputs:
        lines += ["", "## What decides", "", *_table(_INPUTS, ((f"{one}", f"{old}", f"{new}") for one, old, new in inputs))]
    return "\n".join([*lines, "", "## Files that differ", "", *(f"- `{path}`" for path in differing), ""])


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows as a table of Markdown."""
    return [f"| {' | '.join(row)} |" for row in (names, ["---"] * len(names), *rows)]


def _place(row: Sequence[Any]) -> tuple[str, ...]:
    """What became of a place: its code, name, and figures before and now."""
    what, kind, code, name, *figures = row
    return (
        f"{what} ({kind})",
        code,
        as_markdown(name or ""),
        *(_pair(*pair) for pair in zip(figures[::2], figures[1::2], strict=True)),
    )


def _pair(old: Any, new: Any) -> str:
    """A figure before and now; once, where it is the same."""
    told = [
        "none" if one is None else f"{one:,.6f}".rstrip("0").rstrip(".") if isinstance(one, float) else f"{one:,}"
        for one in (old, new)
    ]
    return " → ".join(told) if old != new else "" if old is None else told[0]
