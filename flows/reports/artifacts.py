"""What a run shows to the operator, as tables and texts: what arrived, rows and reasons, the headline, changes, checks.

    of_outcome(outcome, settings) -> [Artifact, ...]

They are made for the UI of Prefect, and know nothing of it: `flows.schedule` puts them there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.reports import vintages
from flows.reports.page import PAGE
from flows.reports.tables import QueryError, count_reasons, rows_of
from flows.reports.text import as_markdown, printable

if TYPE_CHECKING:
    from flows.census import Outcome
    from flows.quality import Excess
    from flows.settings import Settings

_MOST = 200
"""Rows of a table that are shown; a last one tells how many there are besides."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A table (`rows`), a link, or a text in Markdown. `key`: lower case, digits and dashes."""

    key: str
    title: str
    text: str = ""
    rows: Sequence[Mapping[str, Any]] | None = None
    link: str | None = None


def of_outcome(outcome: Outcome, settings: Settings) -> list[Artifact]:
    """What a run that published came to."""
    told_of = ("reports/files", "reports/reasons", "reports/source_files", "reports/headline_published")
    files, quarantined, sources, figures = rows_of(outcome.snapshot, *told_of)
    told = {path: counts for path, *counts in sources}
    what = [(what, path) for what in ("arrived", "corrected", "withdrawn") for path in getattr(outcome.changes, what)]
    arrived = [
        {"file": printable(path), "what": what, **dict(zip(("rows", "quarantined"), told.get(path, ("", "")), strict=True))}
        for what, path in what
    ]
    counts = [
        {"of": str(table), "what": named, "rows": f"{number:,}"}
        for table, _, rows, held_back, held in files
        for named, number in (("rows", rows), ("in quarantine", held_back), ("held files", held))
    ] + [{"of": "quarantine", "what": reason, "rows": f"{number:,}"} for reason, number in count_reasons(quarantined).items()]
    columns = ("year", "figure", "census", "published", "source")
    headline = [
        dict(zip(columns, map(_shown, row), strict=True)) for rulebook, *row in figures if rulebook == settings.lead_rulebook
    ]
    current = settings.warehouse.absolute() / "current"
    made = [
        Artifact("what-arrived", "Files that arrived, were corrected or withdrawn", rows=_cut(arrived)),
        Artifact("rows-and-reasons", "Rows of all live files, and why some are in quarantine", rows=_cut(counts)),
        Artifact("headline", f"Headline beside the published figures, rulebook {settings.lead_rulebook}", rows=_cut(headline)),
        Artifact("status-changes", "Villages and towns that gained or lost the status", _status_changes(settings)),
        Artifact("results", "The published tables", str(current), link=current.as_uri()),
    ]
    pages = (
        Artifact("report", "The yearly report", PAGE, link=(current / PAGE).as_uri()),
        Artifact("checks", "Checks of the published tables", "Data Docs", link=(outcome.snapshot / "docs/index.html").as_uri()),
    )
    there = (outcome.snapshot / PAGE, outcome.snapshot / "docs" / "index.html")
    return made + [page for page, path in zip(pages, there, strict=True) if path.exists()]


def of_refusal(excesses: Sequence[Excess]) -> list[Artifact]:
    """What keeps a run from publishing, and what to do."""
    lines = [{"limit": excess.limit, "what": printable(line)} for excess in excesses for line in excess.lines]
    limits = ", ".join(f"`{excess.limit}`" for excess in excesses)
    text = (
        f"Nothing was published, and the snapshot before stays current: {limits}.\n\n"
        "Correct or remove the files, and the next run takes them in; or run the deployment once with these limits in `accept`."
    )
    return [Artifact("refused", "Not published", text), Artifact("refused-why", "Limits exceeded", rows=_cut(lines))]


def of_gate(year: int, reasons: Sequence[tuple[str, str]]) -> list[Artifact]:
    """What keeps the figures of a year from being released."""
    rows = [{"gate": gate, "what": printable(told)} for gate, told in reasons]
    return [Artifact("not-released", f"Why the figures of {year} are not final", rows=_cut(rows))]


def _status_changes(settings: Settings) -> str:
    """A list of places in Markdown, with how to look at each: against the snapshot before."""
    try:
        changes = vintages.status_changes(settings, settings.lead_rulebook)
    except QueryError:
        return "This is the first snapshot: `census show village_status` tells who has the status."
    lines = []
    for row in changes[:_MOST]:
        place, county, cause = (as_markdown(text or "") for text in (row["place"] or row["code"], row["county"], row["cause"]))
        lines.append(
            f"- {row['year']}: **{place}** ({county}) {row['status']} the status: {cause}. "
            f"`census explain {row['code']} --year {row['year']}`"
        )
    if len(changes) > _MOST:
        lines.append(f"- {len(changes) - _MOST:,} more: `census diff --part status`")
    return "\n".join(lines) or "No village or town gained or lost the status since the snapshot before."


def _cut(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    if len(rows) <= _MOST:
        return list(rows)
    first, *others = rows[0]
    return [*rows[:_MOST], {first: f"{len(rows) - _MOST:,} more", **dict.fromkeys(others, "")}]


def _shown(value: Any) -> str:
    """A figure as text, since JSON has no exact numbers: 4,310, 0.5."""
    if value is None:
        return ""
    return f"{value:,.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
