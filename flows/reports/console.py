"""What a command says at its end: a summary that people can read, or JSON for machines."""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from flows.reports.page import PAGE
from flows.reports.text import printable

if TYPE_CHECKING:
    from flows.census import Checked, Outcome
    from flows.publish import Leavings
    from flows.quality import Excess, Verdict
    from flows.settings import Settings
    from flows.simulate import Simulated


def _say(line: str = "") -> None:
    click.echo(printable(line) if line else line)


def tell_refused(excesses: Sequence[Excess], as_json: bool) -> None:
    """Tells which limits are exceeded, by which files and counts, and what accepts each."""
    limits = ",".join(excess.limit for excess in excesses)
    if as_json:
        click.echo(json.dumps({"published": False, "limits": {e.limit: e.lines for e in excesses}}, ensure_ascii=False))
        return
    _say(f"Not published: {len(excesses)} limit(s) exceeded. The snapshot before stays current, nothing changed.")
    for excess in excesses:
        _say()
        _say(f"{excess.limit} ({len(excess.lines)}), accepted by --accept {excess.limit}:")
        for line in excess.lines:
            _say(f"  {line}")
    _say()
    _say(f"Correct or remove the files and run again, or accept: census run --accept {limits}")


def tell_outcome(outcome: Outcome, settings: Settings, as_json: bool) -> None:
    """Tells what a run came to."""
    if outcome.freed and settings.log_format == "text":
        _tell_failed(outcome.freed)
    if as_json:
        click.echo(json.dumps(_as_json(outcome), ensure_ascii=False))
        return
    if not outcome.published:
        _say(f"Nothing new. Current: {outcome.snapshot} ({outcome.seconds:.2f} s)")
        _tell_remade(outcome.remade)
        return
    changes = outcome.changes
    told = [
        f"{len(paths)} {what}"
        for what, paths in (("arrived", changes.arrived), ("corrected", changes.corrected), ("withdrawn", changes.withdrawn))
        if paths
    ]
    _say(f"Published {outcome.snapshot} in {outcome.seconds:.1f} s.")
    if outcome.as_of:
        _say(f"As of {outcome.as_of}: later records are not used. census run without --as-of uses them again.")
    _say(f"Files: {', '.join(told) or 'no change'}.")
    _tell_remade(outcome.remade)
    if outcome.changes.vanished:
        _say(f"Gone from the raw folder, records kept (withdraw with census forget): {', '.join(outcome.changes.vanished[:5])}"
             + (f" and {len(outcome.changes.vanished) - 5} more" if len(outcome.changes.vanished) > 5 else ""))  # fmt: skip
    if outcome.ignored:
        _say(f"Ignored, not a format that is read: {', '.join(outcome.ignored[:5])}"
             + (f" and {len(outcome.ignored) - 5} more" if len(outcome.ignored) > 5 else ""))  # fmt: skip
    if outcome.freed and outcome.freed.segments:
        _say(f"Removed, as no snapshot needs them any more: {_counted(outcome.freed)}.")
    for verdict in outcome.warnings:
        _say(f"Warning: {verdict.suite}: {verdict.check.name}: {verdict.told}. {verdict.check.why}")
    if (docs := outcome.snapshot / "docs" / "index.html").exists():
        _say(f"Checks: {docs}")
    _tell_tables(outcome.snapshot, settings)
    _say()
    _say(f"Results: {settings.warehouse}/current (Parquet, census.duckdb, datapackage.json)")
    if (outcome.snapshot / PAGE).exists():
        _say(f"Report:  {settings.warehouse}/current/{PAGE}")
    _say("Next:    census show village_status --where \"change = 'new'\"")
    _say("         census sql \"from headline where metric = 'taobao_villages'\"")
    _say("         census show quarantine")


def _tell_remade(paths: Sequence[str]) -> None:
    if paths:
        _say(f"What was kept of them was damaged, and was made again from the files: {', '.join(paths[:5])}"
             + (f" and {len(paths) - 5} more" if len(paths) > 5 else ""))  # fmt: skip


def tell_verdicts(verdicts: Sequence[Verdict], as_json: bool) -> None:
    """Tells what checks came to: those that failed or crashed with what did, and how many passed."""
    if as_json:
        for one in verdicts:
            told = {"suite": one.suite, "check": one.check.name, "severity": one.check.severity, "outcome": one.outcome}
            click.echo(json.dumps(told | {"told": one.told, "why": one.check.why}, ensure_ascii=False))
        return
    for one in verdicts:
        if one.outcome != "passed":
            _say(f"{one.outcome} ({one.check.severity}): {one.suite}: {one.check.name}: {one.told}")
            _say(f"  {one.check.why}")
    counts = Counter(one.outcome for one in verdicts)
    _say(", ".join(f"{counts[outcome]} {outcome}" for outcome in ("passed", "failed", "crashed")))


def _as_json(outcome: Outcome) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "published": outcome.published,
        "snapshot": str(outcome.snapshot),
        "changes": asdict(outcome.changes),
        "ignored": outcome.ignored,
        "remade": outcome.remade,
        "rows": outcome.rows,
        "warnings": [{"suite": one.suite, "check": one.check.name, "told": one.told} for one in outcome.warnings],
        "freed": outcome.freed and _freed(outcome.freed),
        "seconds": round(outcome.seconds, 3),
    }


def _tell_tables(snapshot: Path, settings: Settings) -> None:
    """Rows read and quarantined, and villages and towns by year and rulebook."""
    from flows.reports.tables import count_reasons, rows_of

    console = Console(width=None if sys.stdout.isatty() else 100)
    told = ("reports/files", "reports/reasons", "reports/unknown_columns", "reports/headline")
    files, quarantined, unknown, rows = rows_of(snapshot, *told)
    table = Table("raw table", *("files", "rows", "quarantined", "held files"), title="What is live", title_justify="left")
    for name, *counts in files:
        table.add_row(str(name), *(f"{count:,}" for count in counts))
    console.print(table)
    if reasons := count_reasons(quarantined):
        _say("Commonest reasons: " + ", ".join(f"{reason} {count:,}" for reason, count in list(reasons.items())[:5]))
    for path, columns in unknown:
        names = columns.split(";")
        more = f" and {len(names) - 6} more (source_file)" if len(names) > 6 else ""
        _say(f"Columns not read in {path}: {', '.join(names[:6])}{more}")
    lead = settings.lead_rulebook
    books = sorted({book for _, book, *_ in rows}, key=lambda book: (book != lead, book))
    cells = {(year, book): f"{villages:,.0f} / {towns:,.0f}" for year, book, villages, towns, _ in rows}
    provisional = {year for year, *_, is_provisional in rows if is_provisional}
    table = Table("year", *books, title="Taobao villages / towns by rulebook", title_justify="left")
    for year in sorted({year for year, *_ in rows}):
        table.add_row(f"{year}{' p' if year in provisional else ''}", *(cells.get((year, book), "") for book in books))
    console.print(table)
    if provisional:
        _say("p: provisional, orders of the year may still change.")


def tell_status(settings: Settings, files: bool, as_json: bool) -> None:
    """Tells what is live, current and refused."""
    from flows.ledger import last_refusal
    from flows.publish.snapshots import Snapshots

    snapshots = Snapshots(settings.warehouse)
    current, state = snapshots.current(), snapshots.state()
    refused = last_refusal(settings.warehouse)
    kept = [name for name in [*state.earlier, *([current.name] if current else [])] if (snapshots.folder / name).is_dir()]
    if as_json:
        told = {"current": current and str(current), "snapshots": kept, "live": state.live, "refused": refused}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    if not current:
        _say(f"Nothing is published yet in {settings.warehouse}. Next: census run")
    else:
        _say(f"Current: {current} ({len(kept)} snapshots kept)")
        tables = Counter(name.split("-")[0] for name in state.live.values())
        _say(f"Live: {len(state.live)} files ({', '.join(f'{n} {t}' for t, n in sorted(tables.items()))})")
        for path in sorted(state.live) if files else ():
            _say(f"  {path}")
        for limit, contents in state.accepted.items():
            _say(f"Accepted for {len(contents)} content(s): {limit}")
    if refused:
        _say(f"The last run was refused at {refused['at']}:")
        for limit, lines in refused["limits"].items():
            _say(f"  {limit}:")
            for line in lines:
                _say(f"    {line}")


def tell_checked(checked: Checked, as_json: bool) -> None:
    """Tells which segments are damaged, and what to do about each."""
    there = sorted(checked.there)
    if as_json:
        told = {"segments": checked.segments, "bytes": checked.bytes, "damaged": checked.damaged, "there": there}
        click.echo(json.dumps(told | {"uncertain": checked.uncertain}, ensure_ascii=False))
        return
    _say(f"Read {checked.segments} segments of {checked.files} live files, {checked.bytes / 1_000_000:,.1f} MB: "
         + (f"what is kept of {len(checked.damaged)} files is damaged." if checked.damaged else "all are whole."))  # fmt: skip
    if checked.uncertain:
        _say(f"{checked.uncertain} of them have no checksums, being older; only their rows were counted.")
    if there:
        _say("Their files are there; this makes them again:  census run --rebuild")
        for path in there:
            _say(f"  {path}: {checked.damaged[path]}")
    if gone := sorted(checked.damaged.keys() - checked.there):
        _say(
            "Their files are gone: deliver each again under its name, or put back its segment from a copy of the warehouse, then"
        )
        _say("census run --rebuild; or withdraw the records:  census forget PATH")
        for path in gone:
            _say(f"  {path}: {checked.damaged[path]}")


def tell_collected(found: Leavings, warehouse: Path, dry_run: bool, as_json: bool) -> None:
    """Tells what no snapshot needs, and what became of it."""
    _tell_failed(found)
    if as_json:
        told = {"removed": not dry_run, **_freed(found), "paths": [str(path) for path in found.paths]}
        click.echo(json.dumps(told, ensure_ascii=False))
    elif not found.paths:
        _say(f"Nothing to remove: {warehouse} holds nothing that no snapshot needs.")
    else:
        _say(f"{'Would remove' if dry_run else 'Removed'} {_counted(found)}{':' if dry_run else '.'}")
        for path in found.paths if dry_run else ():
            _say(f"  {path.relative_to(warehouse)}")


def _counted(found: Leavings) -> str:
    """How much of each kind there is, and its bytes."""
    kinds = (("segment", found.segments), ("snapshot", found.snapshots), ("leaving", found.others))
    counts = [f"{len(paths)} {what}{'s'[len(paths) == 1 :]}" for what, paths in kinds if paths or what == "segment"]
    return f"{', '.join(counts)}, {found.bytes / 1_000_000:,.1f} MB"


def _freed(found: Leavings) -> dict[str, Any]:
    counts = {"segments": len(found.segments), "snapshots": len(found.snapshots), "others": len(found.others)}
    return {**counts, "bytes": found.bytes, "failed": found.failed}


def _tell_failed(found: Leavings) -> None:
    """Warns, on standard error, of what could not be removed: it is in nobody's way."""
    for wrong in found.failed:
        click.echo(printable(f"census: warning: not removed: {wrong}"), err=True)
    if found.failed:
        click.echo("census: what no snapshot needs stays until it can be removed; then:  census gc", err=True)


def tell_simulated(made: Simulated, output: Path | None) -> None:
    """Tells what a simulation wrote, what the census shall come to, and what to type next."""
    told = made.delivered
    where = output or "the raw folder"
    _say(f"Wrote {told.files:,} files ({told.bytes / 1_000_000_000:,.2f} GB) into {where} in {made.seconds:.1f} s.")
    _say(
        f"Orders: {told.orders:,}, {told.orders / max(made.write_seconds, 0.001) / 1_000_000:.2f} million a second once planned; "
        f"with {told.later_versions:,} later versions and {told.corrections:,} corrections. Shop versions: {told.shops:,}."
    )
    if made.planned:
        shown = {"taobao_villages": "villages", "taobao_towns": "towns", "provinces": "provinces", "counties": "counties",
                 "clusters": "clusters", "active_shops": "active shops"}  # fmt: skip
        table = Table("year", *shown.values(), title="Planned, under aliresearch", title_justify="left")
        for year, figures in sorted(made.planned.items()):
            table.add_row(str(year), *(f"{figures[name]:,}" for name in shown))
        Console().print(table)
    raw = f" --raw {shlex.quote(str(output))}" if output else ""
    warehouse = f" --warehouse {shlex.quote(f'{output}-warehouse')}" if output else ""
    _say(f"Next:    census run{raw}{warehouse}")
    if made.planned:
        _say(f"         census reconcile --rulebook aliresearch{warehouse}")
