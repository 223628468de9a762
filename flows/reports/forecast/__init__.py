"""Forecasts of the census's figures and of the published ones, and how such forecasts did on held-back years. docs/forecast.md.

In:  the connection's tables headline, published_figures, years, all_divisions; the declared breaks of series.
Out: the tables forecast, backtest and forecast_series; `findings`, what they say in words.

`models` has the models, as functions of numpy arrays; `rolling` their backtests, weights and intervals; `tables` reads the
series and carries over what has not changed; `findings` tells people.
"""

from flows.reports.forecast.findings import Findings, findings, read_findings, tell
from flows.reports.forecast.tables import FILE, Fitted, Series, fit, keep, make_tables, read_series

__all__ = [
    "FILE",
    "Findings",
    "Fitted",
    "Series",
    "findings",
    "fit",
    "keep",
    "make_tables",
    "read_findings",
    "read_series",
    "tell",
]
