"""The command `census`: each command is a few lines over a room. Contract, section 6.

Heavy libraries are imported where a command needs them, so that `census --help` answers at once.
"""

from __future__ import annotations

import atexit
import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from gc import freeze, set_threshold
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from flows import __version__

if TYPE_CHECKING:
    from datetime import datetime

    from flows.census import Request
    from flows.reports.progress import Progress
    from flows.settings import Settings
    from flows.steps import Showing

UNEXPECTED, USAGE, NOT_PUBLISHED, LOCKED = 1, 2, 3, 4
"""Exit statuses besides 0."""
_INTERRUPTED = "interrupted: nothing changed"
_LIMITS = ("held", "quarantine", "orphans", "future")


class _Limits(click.ParamType[frozenset[str]]):
    """Names of limits, joined by commas."""

    name = "LIMIT,…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[str]:
        """A set of limits; an unknown one is bad usage."""
        limits = frozenset(value) if isinstance(value, frozenset) else frozenset(filter(None, value.split(",")))
        if unknown := limits - set(_LIMITS):
            self.fail(f"unknown limit {', '.join(sorted(unknown))}; choose from {', '.join(_LIMITS)}", param, ctx)
        return limits


def _run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every publishing command takes."""
    for option in reversed(
        (
            click.option("--raw", type=click.Path(), help="Folder of the delivered files, or s3://BUCKET/PREFIX [data/raw]."),
            click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse]."),
            click.option("--accept", type=_Limits(), default="", help="Publish although these limits are exceeded: "
                         + ", ".join(_LIMITS) + "."),
            click.option("--checks", type=click.Choice(["sql", "full"]), help="Check the sums alone, or also what Great "
                         "Expectations checks, with pages about it in the snapshot [sql]."),
            click.option("--memory-limit", help="Memory that DuckDB may use, such as 4GiB."),
            click.option("--threads", type=int, help="Threads that DuckDB may use [all]."),
            click.option("--prefect/--no-prefect", default=None, help="Run the steps as tasks of a Prefect flow "
                         "[only where PREFECT_API_URL is set]."),
            click.option("--runner", type=click.Choice(["threads", "dask"]), help="What reads files and folds orders: "
                         "threads here, or a Dask cluster [threads]."),
            click.option("--address", help="Address of the Dask scheduler, such as tcp://10.0.0.1:8786."),
            click.option("--json", "as_json", is_flag=True, help="Tell the outcome as JSON, for machines."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def _settings(**flags: Any) -> Settings:
    from flows.settings import load_settings

    return load_settings(**flags)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="census")
def cli() -> None:
    """Take the census of Taobao villages: from raw shop and order records to published tables.

    \b
    census run                        take in what is new and publish
    census show village_status        look at a published table
    census sql "from headline"        ask the published tables anything
    census explain PLACE              why a village or town has the status, or not
    census lists                      compare published lists with the census
    census reconcile                  compare published figures with the census
    census forecast                   how many villages and jobs to expect, and how far to trust it
    census locate ADDRESS             what an address means, and by which words
    census place CODE                 a place through all editions of the divisions
    census status                     what is live, current, refused
    census snapshots                  the snapshots that are kept
    census diff                       what the current one changed, and why
    census report                     the yearly report, a page for a browser
    census plot CHART                 a chart of it as SVG or PNG
    census release YEAR               mark a year's figures final, and keep a signed copy
    census releases                   the years that were released
    census checks                     whether the tables and the delivery are as they should be
    census check                      whether what is kept of the files is whole
    census gc                         remove what no snapshot needs any more
    census watch                      take in deliveries as they come
    census serve                      run by itself, with Prefect
    census simulate PRESET            make a delivery of any size, to try all of this on

    Settings come from flags, CENSUS_* variables, census.toml, defaults.
    """


@cli.command()
@click.option(
    "--rebuild",
    is_flag=True,
    help="Compare what is kept of the live files with its checksums, recompute everything from it, and publish.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Use only what was updated or recorded up to this day, in Asia/Shanghai: what was knowable then.",
)
@_run_options
def run(rebuild: bool, as_of: datetime | None, accept: frozenset[str], as_json: bool, **flags: Any) -> None:
    """Take in what is new in the raw folder and publish a snapshot.

    With --as-of the snapshot becomes the current one of its warehouse as any other: give it a warehouse of its own, if
    others read the results; the next run without it uses everything again.

    \b
    Example:  census run
              census run --raw deliveries --warehouse results --accept quarantine
              census run --as-of 2020-07-05 --warehouse results-2020-07-05
    """
    from flows.census import Request

    _take(_settings(**flags), Request("rebuild" if rebuild else "run", (), accept, as_of.date() if as_of else None), as_json)


@cli.command()
@click.argument("paths", nargs=-1, required=True)
@_run_options
def forget(paths: tuple[str, ...], accept: frozenset[str], as_json: bool, **flags: Any) -> None:
    """Withdraw the records of files that are gone from the raw folder, and publish.

    PATHS are relative to the raw folder, as in the table source_file.

    \b
    Example:  census forget transactions/2019/wrong.csv
    """
    from flows.census import Request

    _take(_settings(**flags), Request("forget", paths, accept), as_json)


def _take(settings: Settings, request: Request, as_json: bool) -> None:
    from dataclasses import asdict

    from flows.census import Refused
    from flows.reports import console
    from flows.reports.progress import progress

    shown = progress(as_json, settings.log_format)
    try:
        with _ends_told_by(shown, settings), shown:
            outcome = _execute(settings, request, shown.step)
    except Refused as refused:
        shown.tell("refused", "error", limits={excess.limit: len(excess.lines) for excess in refused.excesses})
        console.tell_refused(refused.excesses, as_json)
        raise SystemExit(NOT_PUBLISHED) from None
    event = "published" if outcome.published else "nothing new"
    files = {what: len(paths) for what, paths in asdict(outcome.changes).items()}
    shown.tell(
        event, snapshot=outcome.snapshot.name, seconds=round(outcome.seconds, 3), files=files, rows=dict(outcome.rows) or None
    )
    for wrong in outcome.freed.failed if outcome.freed else ():
        shown.tell("not removed", "warning", message=wrong)
    for verdict in outcome.warnings:
        shown.tell("check failed", "warning", suite=verdict.suite, check=verdict.check.name, message=verdict.told)
    with suppress(KeyboardInterrupt):  # it is done: to end as a failure that changed nothing would not be so
        console.tell_outcome(outcome, settings, as_json)


@contextmanager
def _ends_told_by(shown: Progress, settings: Settings) -> Iterator[None]:
    """Where logs are JSON, so is what a command fails of: it ends here then, and nothing else is told of it."""
    from flows.census import Refused

    try:
        yield
    except Refused:
        raise
    except (Exception, KeyboardInterrupt) as error:
        if settings.log_format != "json":
            raise
        status, message, trace = _verdict(error)
        shown.tell("failed", "error", status=status, kind=type(error).__name__, message=message, traceback=trace)
        raise SystemExit(status) from None


def _execute(settings: Settings, request: Request, showing: Showing) -> Any:
    if settings.prefect or settings.runner == "dask" or os.environ.get("PREFECT_API_URL"):
        os.environ.setdefault("DO_NOT_TRACK", "1")
        from flows.schedule import run_as_flow

        return run_as_flow(settings, request, showing)
    from flows.census import take_census

    return take_census(settings, request, showing=showing)


@cli.command()
@click.option("--quiet-seconds", type=float, help="Seconds that a delivery has to stay the same [60].")
@_run_options
def watch(accept: frozenset[str], as_json: bool, **flags: Any) -> None:
    """Take in deliveries as they come: a run when the raw folder has changed, and then been quiet for a minute.

    The first run begins when the folder has been quiet. A run that is refused, or fails, is told, and the next delivery is
    waited for. It goes on until it is interrupted.

    \b
    Example:  census watch --raw deliveries
    """
    from flows.census import Request
    from flows.reports.progress import progress
    from flows.watch import changes

    settings = _settings(**flags)
    for files in changes(settings):
        if settings.log_format == "json":
            progress(as_json, settings.log_format).tell("delivery", files=files)
        else:
            click.echo(f"{files:,} files in {settings.raw}", err=True)
        try:
            _take(settings, Request("run", (), accept), as_json)
        except SystemExit:
            pass  # it has been told
        except Exception as error:  # noqa: BLE001 (a service goes on)
            with suppress(SystemExit):
                _fail(error)


@cli.command()
@click.option("--raw", type=click.Path(), help="Folder of the delivered files, or s3://BUCKET/PREFIX [data/raw].")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
@click.option("--port", type=int, default=4200, show_default=True, help="Port of the Prefect server that it starts.")
@click.option("--watch/--no-watch", "watched", default=True, show_default=True, help="Begin a run when a delivery is complete.")
@click.option("--quiet-seconds", type=float, help="Seconds that a delivery has to stay the same [60].")
def serve(port: int, watched: bool, **flags: Any) -> None:
    """Run the census by itself, with Prefect: every night, when a delivery is complete, and on demand.

    Where no Prefect server is configured (PREFECT_API_URL), it starts one on this machine and tells its address, with the
    pages that show the runs. It registers the deployments census-daily, census-year-end and census-rebuild of
    flows/prefect.yaml. It starts again what ends by itself, and goes on until it is interrupted.

    \b
    Example:  census serve --raw deliveries --warehouse results
    """
    from flows.serving import serve as serving

    serving(_settings(**flags), port, watched, lambda line: click.echo(line, err=True))


@cli.command()
@click.option("--docs", type=click.Path(path_type=Path), help="Also write pages about it into this new folder.")
@click.option("--json", "as_json", is_flag=True, help="Tell it as JSON, a check a line.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def checks(docs: Path | None, as_json: bool, warehouse: Path | None) -> None:
    """Check the current snapshot, and the delivery that it took in, with Great Expectations.

    docs/checks.md tells what is checked. A check that fails stops a publication (census run --checks full) or warns. The exit
    status is 1 where one fails that stops, or a check crashes.

    \b
    Example:  census checks --docs checks
    """
    from flows.census import check_snapshot
    from flows.reports import console

    verdicts = check_snapshot(_settings(warehouse=warehouse), docs)
    console.tell_verdicts(verdicts, as_json)
    if any(verdict.stops for verdict in verdicts):
        raise SystemExit(UNEXPECTED)


@cli.command()
@click.argument("year", type=int)
@click.option("--by", help="Who signs [you].")
@click.option(
    "--accept",
    type=_Limits(),
    default="",
    help="Release although these limits are exceeded, and say so in it: " + ", ".join(_LIMITS) + ".",
)
@click.option("--dry-run", is_flag=True, help="Tell whether the year's figures are final, and write nothing.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def release(year: int, by: str | None, accept: frozenset[str], dry_run: bool, warehouse: Path | None) -> None:
    """Mark the figures of a statistical YEAR final, and keep a signed copy of them.

    The year has to be over, also in the records, no file held, quarantine and orphans under the limits, rulebooks, calendar and
    program those of the current snapshot, its checks passed, and no later run refused; else nothing is written, and the exit
    status is 3. The copy lies in releases/YEAR-N of the warehouse: the year's rows of every table, the rulebooks, SHA256SUMS,
    release.json and CHANGES.md, what it changed against the release before. No later run touches it; census diff --release YEAR
    tells what differs by now.

    \b
    Example:  census release 2019 --by 王伟
              sha256sum --check SHA256SUMS
    """
    from getpass import getuser

    from flows.census import NotReleased
    from flows.census import release as releasing
    from flows.reports.text import printable

    settings = _settings(warehouse=warehouse)
    try:
        by = by or getuser()
    except (KeyError, OSError):  # a container may run as nobody that it knows
        raise click.UsageError("say who signs: --by NAME") from None
    try:
        made = releasing(settings, year, accept, by, dry_run)
    except NotReleased as held:
        click.echo(f"Not released: {year}.", err=True)
        for gate, told in held.reasons:
            click.echo(printable(f"  {gate}: {told}"), err=True)
        if limits := ",".join(dict.fromkeys(gate for gate, _ in held.reasons if gate in _LIMITS)):
            click.echo(f"Correct or remove the files and run again, or accept: --accept {limits}", err=True)
        raise SystemExit(NOT_PUBLISHED) from None
    if dry_run:
        click.echo(f"The figures of {year} can be released. Next: census release {year}")
    elif made:
        click.echo(f"Released {made.folder}. Next: census releases --verify")
    else:
        click.echo(f"Nothing changed since the last release of {year}.")


@cli.command()
@click.option("--verify", is_flag=True, help="Compare every file with the checksums that were signed.")
@click.option("--csv", "form", flag_value="csv", help="As CSV, safe to open in a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="As JSON, a row a line.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def releases(verify: bool, form: str | None, warehouse: Path | None) -> None:
    """Tell which years' figures were released, when, by whom, and from which snapshot.

    The exit status is 1 where --verify finds a file that is not as it was signed.

    \b
    Example:  census releases --verify
    """
    from flows.reports import vintages

    if not vintages.tell_releases(_settings(warehouse=warehouse), verify, form):
        raise SystemExit(UNEXPECTED)


@cli.command()
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
@click.option("--files", is_flag=True, help="List every live file.")
@click.option("--json", "as_json", is_flag=True, help="Tell it as JSON, for machines.")
def status(warehouse: Path | None, files: bool, as_json: bool) -> None:
    """Tell what is live, which snapshot is current, and what was refused and why.

    \b
    Example:  census status --files
    """
    from flows.reports import console

    console.tell_status(_settings(warehouse=warehouse), files, as_json)


@cli.command()
@click.option("--raw", type=click.Path(), help="Folder of the delivered files, or s3://BUCKET/PREFIX [data/raw].")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
@click.option("--json", "as_json", is_flag=True, help="Tell it as JSON, for machines.")
def check(raw: str | None, warehouse: Path | None, as_json: bool) -> None:
    """Read all that is kept of the live files, and tell what is damaged.

    What is kept of a file, its segment, is the only copy of its records once the file is gone. Every run looks at the
    sizes; this command and census run --rebuild compare the contents with their checksums. It changes nothing. The exit
    status is 1 where something is damaged.

    \b
    Example:  census check
    """
    from flows.census import check as check_segments
    from flows.reports import console
    from flows.reports.progress import progress

    settings = _settings(raw=raw, warehouse=warehouse)
    shown = progress(as_json, settings.log_format)
    with _ends_told_by(shown, settings), shown:
        checked = check_segments(settings, shown.step)
    console.tell_checked(checked, as_json)
    if checked.damaged:
        raise SystemExit(UNEXPECTED)


@cli.command()
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
@click.option("--dry-run", is_flag=True, help="Tell what would go, and remove nothing.")
@click.option("--json", "as_json", is_flag=True, help="Tell it as JSON, for machines.")
def gc(warehouse: Path | None, dry_run: bool, as_json: bool) -> None:
    """Remove from the warehouse what no snapshot needs any more.

    What is kept of a file, its segment, stays as long as a kept snapshot counts on it, or the next run will: also what a
    refused run has read. All other segments go, snapshots beyond keep_snapshots, and what killed runs left; nothing that
    a run did not make. Every run that publishes does the same at its end. Where the state of a kept snapshot cannot be
    read, nothing goes. The exit status is 1 where something cannot be removed.

    \b
    Example:  census gc --dry-run
    """
    from flows.publish import collect
    from flows.reports import console

    settings = _settings(warehouse=warehouse)
    found = collect(settings.warehouse, settings.keep_snapshots, dry_run)
    console.tell_collected(found, settings.warehouse, dry_run, as_json)
    if found.failed:
        raise SystemExit(UNEXPECTED)


class _Years(click.ParamType[range]):
    """Years as 2009-2020, or a single one."""

    name = "A-B"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> range:
        """The years, both included."""
        if isinstance(value, range):
            return value
        first, _, last = value.partition("-")
        if not (first.isdecimal() and (last or first).isdecimal()) or int(last or first) < int(first):
            self.fail("write years as 2009-2020", param, ctx)
        return range(int(first), int(last or first) + 1)


@cli.command()
@click.argument("preset", type=click.Choice(["article", "villages"]))
@click.option("--output", type=click.Path(path_type=Path), help="Folder to write into [data/raw].")
@click.option("--orders", type=int, default=20_000_000, show_default=True, help="Orders in all.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other villages, shops and orders.")
@click.option("--years", type=_Years(), default="2009-2020", show_default=True, help="Statistical years.")
@click.option("--format", "form", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True, help="Format of the "
              "files; some months come in others where it is csv.")  # fmt: skip
@click.option("--villages", type=int, default=1_000, show_default=True, help="Villages of the preset villages.")
@click.option("--shops", type=int, default=100_000, show_default=True, help="Shops of the preset villages.")
@click.option("--force", is_flag=True, help="Replace shops/, transactions/, villages/, counties/ and lists/ in a folder that is "
              "not empty.")  # fmt: skip
@click.option("--memory-limit", help="Memory that DuckDB may use, such as 4GiB.")
@click.option("--threads", type=int, help="Threads that DuckDB may use [all].")
def simulate(preset: str, output: Path | None, force: bool, memory_limit: str | None, threads: int | None, **asked: Any) -> None:
    """Make a delivery of invented shops and orders in real villages: of any size, the same for the same seed.

    The preset article has the statistical years 2009 to 2020 such that the census under aliresearch gives the published numbers
    of villages, towns, provinces and counties: docs/simulate.md. Amounts go by the number of orders; too few for the shops
    that are needed are refused, with the least number. The preset villages is a random world, for load tests.

    \b
    Example:  census simulate article --output deliveries
              census simulate villages --villages 5000 --shops 200000 --orders 10000000 --years 2018-2020 --output deliveries
    """
    from flows.reports import console
    from flows.reports.progress import progress
    from flows.simulate import Preset
    from flows.simulate import simulate as simulating

    settings = _settings(memory_limit=memory_limit, threads=threads)
    folder = output or settings.raw
    if not isinstance(folder, Path):
        raise click.UsageError(f"{folder} is object storage: a simulation writes into a folder, --output FOLDER")
    shown = progress(False, settings.log_format)
    with _ends_told_by(shown, settings), shown:
        made = simulating(settings, Preset(preset, **asked), folder, force, shown.step)
    console.tell_simulated(made, output)


@cli.command()
@click.argument("table")
@click.option("--year", type=int, help="Only this statistical year.")
@click.option("--where", help="Only rows for which this SQL condition holds.")
@click.option("--limit", type=int, help="At most so many rows [20 on a terminal, else all].")
@click.option("--csv", "form", flag_value="csv", help="As CSV, safe to open in a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="As JSON, a row a line.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def show(table: str, year: int | None, where: str | None, limit: int | None, form: str | None, warehouse: Path | None) -> None:
    """Show a table of the current snapshot.

    The TABLE near-misses is not published but computed: the villages that one criterion alone keeps from the status, and
    by under 10 %.

    \b
    Example:  census show village_status --year 2019 --where "is_taobao_village and rulebook = 'article'"
              census show near-misses --year 2019
              census show headline --csv > headline.csv
    """
    from flows.reports import tables

    tables.show(_settings(warehouse=warehouse), table, year, where, limit, form)


@cli.command()
@click.argument("place")
@click.option("--year", type=int, help="The statistical year [the newest that is covered].")
@click.option("--rulebook", help="The rulebook that decides [the setting lead_rulebook].")
@click.option("--csv", "form", flag_value="csv", help="The criteria as CSV, safe to open in a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="All of it as one JSON object.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def explain(place: str, year: int | None, rulebook: str | None, form: str | None, warehouse: Path | None) -> None:
    """Explain why a village or town has the status, or has not.

    PLACE is a code of a village or township, of any year, or a name, such as 丁楼村. Tells the verdict; every condition with
    what is needed, what there is and what is lacking; the change over the years; the shops that count and those that do
    not, with the reason; the files behind it.

    \b
    Example:  census explain 370725104223 --year 2019
              census explain 丁楼村民委员会 --rulebook aliresearch
    """
    from flows.reports import explain as explaining

    explaining.explain(_settings(warehouse=warehouse), place, year, rulebook, form)


@cli.command()
@click.option("--year", type=int, help="Only the lists of this year.")
@click.option("--csv", "form", flag_value="csv", help="The counts as CSV, safe to open in a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="The counts as JSON, a row a line.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def lists(year: int | None, form: str | None, warehouse: Path | None) -> None:
    """Compare the published lists of Taobao villages with the census.

    Tells, by year and province, how many places are listed, how many of them name a village, and how many of these
    villages have the status under each rulebook (empty where the census does not cover the year). Then the places that
    name no village, and what they name instead. Every place is in the table list_match.

    \b
    Example:  census lists --year 2016
              census show list_match --where "not in_article" --csv > missing.csv
    """
    from flows.reports import tables

    tables.lists(_settings(warehouse=warehouse), year, form)


@cli.command()
@click.option("--year", type=int, help="Only the figures of this year.")
@click.option("--rulebook", help="Only this rulebook [for people the setting lead_rulebook, else all].")
@click.option("--csv", "form", flag_value="csv", help="The figures as CSV, safe to open in a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="The figures as JSON, a row a line.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def reconcile(year: int | None, rulebook: str | None, form: str | None, warehouse: Path | None) -> None:
    """Compare the figures that were published about Taobao villages with the census.

    Every figure of every source is reproduced, differs, or is not reproducible, with the reason. Tells how many figures have
    which verdict, then each, those that differ first. Every figure is in the table reconciliation.

    \b
    Example:  census reconcile --year 2019
              census reconcile --rulebook aliresearch --csv > reconciliation.csv
    """
    from flows.reports import tables

    tables.reconcile(_settings(warehouse=warehouse), year, rulebook, form)


@cli.command()
@click.option("--rulebook", help="The rulebook of the census's own figures [the setting lead_rulebook].")
@click.option("--json", "form", flag_value="json", help="All findings as one JSON object, in English and Chinese.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def forecast(rulebook: str | None, form: str | None, warehouse: Path | None) -> None:
    """Tell what is to be expected of the published figures and of the census's own, and how far to trust it.

    Tells, for each series, what the ensemble expects for 2029, what the models make of the 20,000 villages and 20 million jobs
    that were forecast for it, and how they did on held-back years: mean absolute scaled errors, and how often an 80 % interval
    held the value. docs/forecast.md tells the method. Every year and model is in the tables forecast and backtest.

    \b
    Example:  census forecast
              census show forecast --year 2029
    """
    from flows.reports import forecast as forecasts

    forecasts.tell(_settings(warehouse=warehouse), rulebook, form)


@cli.command()
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
@click.option("--year", type=int, help="The statistical year whose edition of the divisions counts [the newest].")
@click.option("--file", "path", type=click.Path(path_type=Path), help="A CSV file, of which --column holds addresses.")
@click.option("--column", default="address", show_default=True, help="The column of --file.")
@click.option("--csv", "form", flag_value="csv", help="As CSV, safe to open in a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="As JSON, a row a line.")
def locate(addresses: tuple[str, ...], year: int | None, path: Path | None, column: str, form: str | None) -> None:
    """Tell which division each ADDRESS means, and by which words.

    Without ADDRESS and --file, addresses are read from standard input, one a line. For people it also tells what else
    the words could have meant, and why they do not.

    \b
    Example:  census locate 浙江省富阳市场口镇东梓关村12号
              census locate --year 2016 --file register.csv --column 注册地址 --csv > located.csv
    """
    from flows.reports import places

    asked = list(addresses) if addresses else places.read_column(path, column) if path else sys.stdin.read().splitlines()
    places.locate(_settings(), asked, year, form)


@cli.command()
@click.argument("place", metavar="CODE|NAME")
@click.option("--csv", "form", flag_value="csv", help="As CSV, safe to open in a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="As JSON, a row a line.")
def place(place: str, form: str | None) -> None:
    """Follow a place through the editions of the divisions: its codes, its names, what it came from.

    A full address is followed from edition to edition; a name alone lists the places that bear it.

    \b
    Example:  census place 330111110254
              census place 东梓关村
    """
    from flows.reports import places

    places.place(_settings(), place, form)


@cli.command()
@click.option("--output", type=click.Path(path_type=Path), help="File that it is written to [only told where it is].")
@click.option("--open", "opened", is_flag=True, help="Open it in a browser.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def report(output: Path | None, opened: bool, warehouse: Path | None) -> None:
    """The yearly report of the current snapshot: one HTML page with figures, maps and a search, which needs no network.

    Every publication writes it into its snapshot (setting `report`). With --output it is made anew, by this version of the
    program and with the rulebooks as they are now.

    \b
    Example:  census report --open
              census report --output taobao-villages.html
    """
    from flows.reports.page import PAGE, write_report
    from flows.reports.tables import current_snapshot
    from flows.rules import read_rules

    settings = _settings(warehouse=warehouse)
    snapshot, written = current_snapshot(settings), settings.warehouse / "current" / PAGE
    if output or not written.exists():
        rules = read_rules(settings.rulebooks, settings.calendar)
        written = write_report(snapshot, rules, settings.lead_rulebook, output or Path(PAGE))
    click.echo(written)
    if opened:
        click.launch(str(written))


@cli.command()
@click.argument("chart", required=False)
@click.option("--year", type=int, help="Statistical year, of a chart that shows one [the newest].")
@click.option("--rulebook", help="The rulebook that decides [the lead rulebook].")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Language of its words.")
@click.option("--output", type=click.Path(path_type=Path), help="File that it is written to, .svg or .png [CHART.svg].")
@click.option("--width", type=int, default=720, show_default=True, help="Width in pixels.")
@click.option("--scale", type=float, default=2, show_default=True, help="Pixels of a PNG for each of these.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def plot(chart: str | None, year: int | None, rulebook: str | None, warehouse: Path | None, **how: Any) -> None:
    """Draw a chart of the report as SVG or PNG. Without CHART: list the charts.

    \b
    Example:  census plot map_of_counties --year 2019 --rulebook aliresearch --output counties.png
    """
    from flows.reports import plot as plotting

    settings = _settings(warehouse=warehouse)
    if chart is None:
        plotting.tell_charts()
        return
    click.echo(plotting.plot(settings, chart, year, rulebook or settings.lead_rulebook, **how))


@cli.command()
@click.option("--csv", "form", flag_value="csv", help="As CSV, safe to open in a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="As JSON, a row a line.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def snapshots(form: str | None, warehouse: Path | None) -> None:
    """Tell which snapshots are kept, the newest first: what each took in, its years, its counts.

    \b
    Example:  census snapshots
    """
    from flows.reports import vintages

    vintages.snapshots(_settings(warehouse=warehouse), form)


@cli.command()
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--release", type=int, help="Compare with the newest release of this statistical year, of that year alone.")
@click.option("--part", type=click.Choice(["inputs", "files", "headline", "status", "figures"]), help="Only this part.")
@click.option("--year", type=int, help="Only this statistical year.")
@click.option("--rulebook", help="Only this rulebook [for people the leading one, else all].")
@click.option("--limit", type=int, help="At most so many rows, or places, of a part [10 or 20 for people, else all].")
@click.option("--csv", "form", flag_value="csv", help="One part as CSV, safe to open in a spreadsheet [figures].")
@click.option("--json", "form", flag_value="json", help="One part as JSON, a row a line [figures].")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def diff(old: str | None, new: str | None, release: int | None, form: str | None, warehouse: Path | None, **asked: Any) -> None:
    """Tell what changed from the snapshot OLD to the snapshot NEW, and why.

    Without NEW, it is the current snapshot; without OLD, the one before NEW. OLD may be a release, such as 2019-1, or the
    newest of a year (--release 2019): then it tells of that year alone. Tells it in short, then the villages and towns that
    gained or lost the status, the headline figures, the files that arrived, were corrected or withdrawn, the rulebooks,
    reference tables and settings that changed, and other villages and towns whose figures changed. Places are told with the
    cause: what became of their shops (came, went, moved in, moved out, other sales, other data), and which of the changed
    files hold records of these shops.

    \b
    Example:  census diff
              census diff 20260101T030000Z 20260301T030000Z --part status --csv > status.csv
              census diff --release 2019
    """
    from flows.reports import vintages

    if release is not None:
        if old:
            raise click.UsageError(f"--release {release} says what to compare with: leave {old} out")
        old = str(release)
    vintages.diff(_settings(warehouse=warehouse), old, new, form=form, **asked)


@cli.command()
@click.argument("query")
@click.option("--csv", "form", flag_value="csv", help="As CSV, safe to open in a spreadsheet.")
@click.option("--json", "form", flag_value="json", help="As JSON, a row a line.")
@click.option("--warehouse", type=click.Path(path_type=Path), help="Folder of the results [data/warehouse].")
def sql(query: str, form: str | None, warehouse: Path | None) -> None:
    """Run a query on the current snapshot, read-only.

    \b
    Example:  census sql "select year, count(*) from village_status where is_taobao_village group by year order by year"
    """
    from flows.reports import tables

    tables.query(_settings(warehouse=warehouse), query, form)


def main() -> None:
    """Runs the command with the contract's exit statuses: errors are told, tracebacks only for the unexpected."""
    set_threshold(100_000)  # most of what a command makes, modules above all, lasts as long as it does
    atexit.register(freeze)  # and need not be looked through when it ends
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's and scipy's, which would wait for work at full speed
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as done:
        raise SystemExit(done.exit_code) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(USAGE) from None
    except (click.Abort, KeyboardInterrupt):
        _fail(KeyboardInterrupt())
    except BrokenPipeError:
        with suppress(OSError):
            sys.stdout.close()  # whoever read has heard enough; the work is done
    except Exception as error:  # noqa: BLE001 (the last resort)
        _fail(error)


def _status_of(error: Exception) -> int:
    from flows.intake.aliases import AliasError
    from flows.ledger import Locked, NoRawFolder, UnknownPath
    from flows.places import WrongReference
    from flows.reports.tables import QueryError
    from flows.rules import RulesFileError
    from flows.serving import NoServer
    from flows.settings import SettingsError

    if isinstance(error, Locked):
        return LOCKED
    usage = (
        AliasError,
        UnknownPath,
        NoRawFolder,
        NoServer,
        QueryError,
        RulesFileError,
        SettingsError,
        WrongReference,
    )
    return USAGE if isinstance(error, usage) else UNEXPECTED


def _verdict(error: BaseException) -> tuple[int, str, str | None]:
    """The exit status for an error, what is told of it, and its traceback where it is a fault of the program."""
    if not isinstance(error, Exception):
        return UNEXPECTED, _INTERRUPTED, None
    status, message = _status_of(error), str(error)
    if status != UNEXPECTED:
        return status, message, None
    import traceback

    import duckdb

    from flows.census import RecordsLost, SegmentsDamaged
    from flows.intake import ChangedWhileRead
    from flows.ledger import ObjectChanged, StateLost, StorageError

    if isinstance(error, StorageError):
        return status, message, None
    if isinstance(error, OSError | duckdb.IOException | duckdb.OutOfMemoryException) or _is_of_the_disk(error):
        return status, f"{message}\nNothing changed. Make room, or mend the disk or the rights, and run again.", None
    if isinstance(error, ChangedWhileRead | ObjectChanged | RecordsLost | SegmentsDamaged | StateLost):
        return status, message, None
    told = f"unexpected failure, nothing changed: {type(error).__name__}: {message}"
    return status, told, "".join(traceback.format_exception(error))


def _fail(error: BaseException) -> NoReturn:
    """Tells an error. A traceback is for what is a fault of the program, not of a disk, a file or memory."""
    from flows.reports.text import printable

    status, message, trace = _verdict(error)
    if trace:
        click.echo(trace, err=True, nl=False)
    click.echo("\n".join(map(printable, f"census: {message}".split("\n"))), err=True)
    raise SystemExit(status)


def _is_of_the_disk(error: Exception) -> bool:
    """Whether an error of DuckDB's tells of a full, closed or failing disk."""
    reasons = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS, errno.EACCES)
    return any(os.strerror(reason) in str(error) for reason in reasons)
