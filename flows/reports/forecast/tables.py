"""The tables forecast, backtest and forecast_series: series are read, then fitted where they changed. Contract, section 5.

A series, its ceiling and its breaks decide its forecasts. What an earlier run made of the very same is kept in the snapshot's
`_state/` and used again; a rebuild, or another version of the models or of their libraries, fits everything anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from flows.engine import execute, identifier
from flows.rules import Rulebook, SeriesBreak
from flows.schema import published_tables

FILE = "forecast.json"
"""What a snapshot's `_state/` keeps for the next run."""
PUBLISHED_UNDER = "aliresearch"
"""The rulebook whose standard the published lists follow."""
AT_LEAST, YEARS_AHEAD = 2029, 10
"""Forecasts go so many years beyond a series, and up to the year that the article speaks of."""
NO_CEILING = 100
"""Where nothing bounds a series, a forecast ends at so many times its largest value."""
_MODELS = 2
"""Raised with every change of the models that changes what they tell."""
_DECIMALS = 3
"""Of values: a thousandth of a village says nothing."""

Rows = dict[str, list[list[Any]]]
"""Rows by table, in the order of the declared columns."""


@dataclass(frozen=True, slots=True)
class Series:
    """A series: years, ascending, with values >= 0; what no forecast can exceed; its breaks, by year.

    `told` are forecasts that others published of it: name, year in which it was made, year that it is of, value.
    """

    rulebook: str
    name: str
    years: tuple[int, ...]
    values: tuple[float, ...]
    ceiling: float
    breaks: tuple[SeriesBreak, ...] = ()
    told: tuple[tuple[str, int, int, float], ...] = ()

    @property
    def key(self) -> str:
        """Rulebook and name."""
        return f"{self.rulebook}/{self.name}"

    @property
    def parts(self) -> list[range]:
        """The places of its years, cut where a break makes another series of it; the last part is the one to go on from."""
        cuts = sorted({one.year for one in self.breaks if one.effect == "cut"})
        starts = sorted({0, *(at for cut in cuts if 0 < (at := sum(year < cut for year in self.years)) < len(self.years))})
        return [range(start, end) for start, end in zip(starts, [*starts[1:], len(self.years)], strict=True)]

    def digest(self) -> str:
        """What its forecasts are known by."""
        decides = [_MODELS, version("numpy"), [AT_LEAST, YEARS_AHEAD, NO_CEILING], asdict(self)]
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fitted:
    """The rows of all series; `kept` is what the next run may carry over; `anew` names the series that were fitted."""

    forecast: tuple[Sequence[Any], ...]
    backtest: tuple[Sequence[Any], ...]
    series: tuple[Sequence[Any], ...]
    kept: Mapping[str, Any]
    anew: tuple[str, ...] = ()


# ------------------------------------------------------------------------------------------------------------
# Reading


def read_series(
    con: duckdb.DuckDBPyConnection,
    rulebooks: Iterable[Rulebook],
    declared: Sequence[SeriesBreak],
    divisions: str,
    known: Path | None,
) -> tuple[list[Series], Mapping[str, Any]]:
    """The series of a run, and what is kept of the run before.

    `divisions` is the digest of the reference tables, `known` the file that the run before kept: where it tells of the same
    divisions, they need not be counted again.
    """
    kept = _load(known)
    if kept.get("divisions") != divisions:
        kept = kept | {"divisions": divisions, "places": execute(con, "reports/forecast_ceilings").fetchall()}
    provinces = {book.name: book.province for book in rulebooks}
    windows = [year for (year,) in execute(con, "reports/changed_windows").fetchall()]
    told: dict[str, list[tuple[str, int, int, float]]] = {}
    for name, model, made_in, year, value in execute(con, "reports/forecasts_told").fetchall():
        told.setdefault(name, []).append((model, made_in, year, value))
    values: dict[tuple[str, str], dict[int, float]] = {}
    for rulebook, name, year, value in execute(con, "reports/forecast_years", published=PUBLISHED_UNDER).fetchall():
        values.setdefault((rulebook, name), {})[year] = value
    series = []
    for (rulebook, name), by_year in sorted(values.items()):
        own = not name.startswith("published_")
        breaks = [one for one in declared if (one.rulebook, one.series) == (rulebook, name)]
        breaks += [_window_break(rulebook, name, year) for year in windows if own]
        years = tuple(sorted(by_year))
        ceiling = _ceiling(name, max(by_year.values()), kept["places"], provinces.get(rulebook))
        others = () if own else tuple(told.get(name, ()))
        at = tuple(by_year[year] for year in years)
        series.append(Series(rulebook, name, years, at, ceiling, tuple(sorted(breaks, key=lambda one: one.year)), others))
    return series, kept


def _window_break(rulebook: str, name: str, year: int) -> SeriesBreak:
    en, zh = "the statistical year has other months than the year before", "统计年度的月份与上年不同"
    return SeriesBreak(rulebook, name, year, "level", en, zh, "calendar.toml")


def _ceiling(name: str, largest: float, places: Sequence[Sequence[Any]], province: str | None) -> float:
    """What a series cannot exceed: the villages or townships that there are where its rulebook looks."""
    looked_at = [place for place in places if province in (None, place[0])]
    if name.endswith("taobao_villages"):
        return max(float(sum(place[1] for place in looked_at)), largest)
    if name.endswith("taobao_towns"):
        return max(float(sum(place[2] for place in looked_at)), largest)
    return largest * NO_CEILING


def _load(path: Path | None) -> dict[str, Any]:
    """What an earlier run kept; nothing where it is not there, or not as it was written."""
    try:
        checksum, _, text = path.read_text(encoding="utf-8").partition("\n") if path else ("", "", "")
    except (OSError, UnicodeDecodeError):
        return {}
    return json.loads(text) if text and _checksum(text) == checksum else {}


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# ------------------------------------------------------------------------------------------------------------
# Fitting


def fit(series: Sequence[Series], kept: Mapping[str, Any]) -> Fitted:
    """The rows of all series, sorted by key: carried over where an earlier run fitted the same, else fitted."""
    before, now, anew = kept.get("fitted", {}), {}, []
    for one in series:
        digest = one.digest()
        if before.get(one.key, {}).get("digest") == digest:
            now[one.key] = before[one.key]
        else:
            now[one.key] = {"digest": digest, **rows_of(one)}
            anew.append(one.key)
    forecast, backtest = (
        tuple(sorted((row for fitted in now.values() for row in fitted[table]), key=lambda row: row[:keys]))
        for table, keys in (("forecast", 4), ("backtest", 5))
    )
    told = tuple(row for one in series for row in _told_of(one))
    return Fitted(forecast, backtest, told, {**kept, "fitted": now}, tuple(anew))


@lru_cache(maxsize=256)
def rows_of(series: Series) -> Rows:
    """The rows of forecast and backtest of a series. Every part between cuts has its backtests; the last one goes on."""
    import numpy as np

    from flows.reports.forecast.models import Observed
    from flows.reports.forecast.rolling import roll

    rows: Rows = {"forecast": [], "backtest": []}
    levels = tuple(sorted({one.year for one in series.breaks if one.effect == "level"}))
    last_year = max(series.years[-1] + YEARS_AHEAD, AT_LEAST)
    for part in series.parts:
        years, values = (np.array([whole[at] for at in part], dtype=np.float64) for whole in (series.years, series.values))
        goes_on = part[-1] == len(series.years) - 1
        told, held = roll(Observed(years, values, series.ceiling, levels), last_year if goes_on else int(years[-1]))
        for one in told:
            numbers = (*map(_rounded, (one.value, one.lower, one.upper)), _rounded(one.weight, 6))
            uses = (one.origin, int(years[0]), len(part))
            rows["forecast"].append([series.rulebook, series.name, one.model, one.year, *numbers, *uses])
        for past in held:
            one = past.told
            numbers = tuple(map(_rounded, (one.value, one.lower, one.upper, past.actual)))
            judged = (past.is_within, _rounded(past.scaled_error, 6), _rounded(one.weight, 6))
            uses = (int(years[0]), sum(series.years[at] <= one.origin for at in part), _crosses(series, one.origin, one.year))
            rows["backtest"].append([series.rulebook, series.name, one.model, one.origin, one.year, *numbers, *judged, *uses])
    _add_others(rows, series)
    return rows


def _add_others(rows: Rows, series: Series) -> None:
    """Adds what others forecast of a series: of years to come to forecast, of years that came to backtest."""
    import numpy as np

    from flows.reports.forecast.models import Observed
    from flows.reports.forecast.rolling import naive_error

    came = dict(zip(series.years, series.values, strict=True))
    whole = Observed(np.array(series.years, dtype=np.float64), np.array(series.values, dtype=np.float64), series.ceiling)
    for model, made_in, year, value in series.told:
        key, unknown = [series.rulebook, series.name, model], [None, None]
        if year > series.years[-1]:
            rows["forecast"].append([*key, year, _rounded(value), *unknown, None, made_in, *unknown])
        elif year in came and made_in >= series.years[0]:
            scale = naive_error(whole.until(made_in))
            error = _rounded(abs(value - came[year]) / scale, 6) if scale else None
            judged = (_rounded(came[year]), None, error, None)
            rows["backtest"].append(
                [*key, made_in, year, _rounded(value), *unknown, *judged, *unknown, _crosses(series, made_in, year)]
            )


def _crosses(series: Series, origin: int, year: int) -> bool:
    """Whether a break lies after an origin, and not after the year that is told from there."""
    return any(origin < one.year <= year for one in series.breaks if one.effect != "mark")


def _told_of(series: Series) -> Iterable[list[Any]]:
    """The rows of forecast_series: every year with its value, and the breaks that begin with it."""
    last = series.parts[-1]
    for at, (year, value) in enumerate(zip(series.years, series.values, strict=True)):
        before = series.years[at - 1] if at else year
        broken = [one for one in series.breaks if before < one.year <= year]
        effect = next((effect for effect in ("cut", "level", "mark") if effect in {one.effect for one in broken}), None)
        texts = ("; ".join(dict.fromkeys(getattr(one, of) for one in broken)) or None for of in ("what", "what_zh", "source"))
        yield [series.rulebook, series.name, year, value, series.ceiling, at in last, effect, *texts]


def _rounded(number: float | None, decimals: int = _DECIMALS) -> float | None:
    return None if number is None else round(float(number), decimals)


# ------------------------------------------------------------------------------------------------------------
# Writing


def make_tables(con: duckdb.DuckDBPyConnection, fitted: Fitted) -> Fitted:
    """Makes forecast, backtest and forecast_series; returns what it made them of."""
    import pyarrow as pa

    from flows.publish.tables import arrow_schema

    for name, rows in (("forecast", fitted.forecast), ("backtest", fitted.backtest), ("forecast_series", fitted.series)):
        schema = arrow_schema(published_tables()[name])
        columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        con.execute(f"drop table if exists {identifier(name)}")
        con.from_arrow(pa.Table.from_arrays(arrays, schema=schema)).create(name)
    return fitted


def keep(fitted: Fitted, snapshot: Path) -> None:
    """Writes what the next run may carry over: a checksum, and the rest as JSON."""
    text = json.dumps(fitted.kept, ensure_ascii=False, sort_keys=True)
    (snapshot / "_state" / FILE).write_text(f"{_checksum(text)}\n{text}", encoding="utf-8")
