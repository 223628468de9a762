"""Charts and maps: what the yearly report draws in a browser, and `census plot` writes as SVG or PNG.

In:  a snapshot's tables, through `sql/reports/charts/NAME.sql`. Out: specifications of Vega-Lite, and the rows that they draw.

A chart's query gives all rulebooks and years; `rows` picks. Its specification names its data `table`; of a map also
`boundaries`, the TopoJSON of `data/reference/boundaries.json`.
"""

from flows.reports.charts.drawing import draw, fonts_for_chinese, script
from flows.reports.charts.maps import areas, boundaries, boundary_of
from flows.reports.charts.specs import CHARTS, LANGUAGES, Chart, chart_called, records, rows

__all__ = [
    "CHARTS", "LANGUAGES", "Chart", "areas", "boundaries", "boundary_of", "chart_called", "draw", "fonts_for_chinese",
    "records", "rows", "script",
]  # fmt: skip
