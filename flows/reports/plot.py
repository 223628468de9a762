"""Single charts of the current snapshot as SVG or PNG: `census plot`."""

from __future__ import annotations

from pathlib import Path

import click

from flows.reports.charts import CHARTS, chart_called, draw, fonts_for_chinese, rows
from flows.reports.tables import QueryError, current_snapshot, open_snapshot
from flows.settings import Settings


def tell_charts() -> None:
    """Lists the charts."""
    widest = max(len(chart.name) for chart in CHARTS)
    for chart in CHARTS:
        click.echo(f"{chart.name:<{widest}}  {chart.title['zh']} · {chart.title['en']}{' (of a year)' if chart.of_year else ''}")


def plot(
    settings: Settings, name: str, year: int | None, rulebook: str, language: str, output: Path | None, width: int, scale: float
) -> Path:
    """Draws a chart of the current snapshot into a file, `NAME.svg` where none is named, and returns it. Raises QueryError.

    Of a chart that shows one year, `year` is that; without it, the newest that it has.
    """
    chart = chart_called(name)
    if chart is None:
        raise QueryError(f"there is no chart {name!r}. The charts: {', '.join(one.name for one in CHARTS)}")
    output = output or Path(f"{name}.svg")
    kind = output.suffix.lower().removeprefix(".")
    if kind not in ("svg", "png"):
        raise QueryError(f"{output}: name a file that ends in .svg or .png")
    with open_snapshot(current_snapshot(settings)) as con:
        names, found = rows(con, chart, chart.follows or rulebook)
    if chart.of_year:
        of = names.index("year") if names else 0
        asked = year or max((row[of] for row in found), default=None)
        found = [row for row in found if row[of] == asked]
    if not found:
        of_what = f"rulebook {chart.follows or rulebook}" + (f", year {year}" if year and chart.of_year else "")
        raise QueryError(f"{name} has nothing to draw for {of_what}. The rulebooks and years: census show headline")
    if kind == "png" and language == "zh" and not fonts_for_chinese():
        click.echo("No font with Chinese characters was found: apt-get install fonts-noto-cjk, or write an .svg.", err=True)
    output.write_bytes(draw(chart, language, names, found, "svg" if kind == "svg" else "png", width, scale))
    return output
