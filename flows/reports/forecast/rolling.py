"""Rolling origins: what each model would have told in earlier years, and what that makes of its weight and its interval.

A forecast from a year uses what was known in that year alone: the series up to it, and the errors of forecasts made before it
of years up to it. Nothing is chosen by the held-back years.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, expm1, fsum, log1p

import numpy as np

from flows.reports.forecast.models import MODELS, Observed, carries, predict

ENSEMBLE = "ensemble"
FIRST_ORIGIN = 6
"""Years that a series has at the first origin: twice as many as a growth curve has parameters."""
ENOUGH = 4
"""Earlier forecasts that it takes to tell what four in five of them stay below."""

_STEPS = 3
"""Steps of a series that tell how much it is growing."""

Pair = tuple[int, int]
"""An origin and a year that was held back there."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a model tells of a year from the data up to `origin`: value and 80 % interval; None where no error is known.

    `weight` is the model's in the ensemble at that origin, None of the ensemble itself.
    """

    model: str
    origin: int
    year: int
    value: float
    lower: float | None
    upper: float | None
    weight: float | None


@dataclass(frozen=True, slots=True)
class Held:
    """A forecast of a year that was held back, and what came; the scaled error is None where the series had never moved."""

    told: Told
    actual: float
    is_within: bool | None
    scaled_error: float | None


def roll(observed: Observed, last_year: int) -> tuple[list[Told], list[Held]]:
    """The forecasts of the years after a series up to the last one, and those of held-back years from every earlier origin."""
    known = [int(year) for year in observed.years]
    actual = dict(zip(known, map(float, observed.values), strict=True))
    held: list[Held] = []
    for origin in known[FIRST_ORIGIN - 1 : -1]:
        seen = observed.until(origin)
        scale = naive_error(seen)
        for told in _from(seen, [year for year in known if year > origin], held):
            came = actual[told.year]
            within = None if told.lower is None or told.upper is None else told.lower <= came <= told.upper
            held.append(Held(told, came, within, abs(told.value - came) / scale if scale else None))
    return list(_from(observed, range(known[-1] + 1, last_year + 1), held)), held


def _from(seen: Observed, years: Iterable[int], held: Sequence[Held]) -> list[Told]:
    """What every model that the series carries, and the ensemble, tell of years, after the forecasts that were held before."""
    at, origin = np.array(list(years), dtype=np.float64), int(seen.years[-1])
    if not at.size:
        return []
    before = [one for one in held if one.told.year <= origin]
    values = {model: predict(model, seen, at) for model in MODELS if carries(model, seen)}
    weights = weigh(values, before)
    values[ENSEMBLE] = np.array([together({m: float(v[i]) for m, v in values.items()}, weights) for i in range(len(at))])
    growths = {int(year): growth(seen.until(int(year))) for year in seen.years}
    told = []
    for model, path in values.items():
        spread = yearly_error([one for one in before if one.told.model == model], growths, origin)
        for year, value in zip(map(int, at), map(float, path), strict=True):
            low, high = interval(value, spread, year - origin, seen.ceiling)
            told.append(Told(model, origin, year, value, low, high, weights.get(model)))
    return told


def weigh(models: Iterable[str], held: Iterable[Held]) -> dict[str, float]:
    """The weights of models, 1 together: as 1 / MASE over the held-back years that all of them forecast; equal where none is."""
    errors: dict[str, dict[Pair, float]] = {model: {} for model in models}
    for one in held:
        if one.told.model in errors and one.scaled_error is not None:
            errors[one.told.model][one.told.origin, one.told.year] = one.scaled_error
    shared = sorted(set.intersection(*(set(of_model) for of_model in errors.values())))
    mase = {model: fsum(of_model[pair] for pair in shared) for model, of_model in errors.items()}
    if not shared or any(error == 0 for error in mase.values()):
        best = [model for model, error in mase.items() if error == 0]
        return {model: 1 / len(best) if model in best else 0.0 for model in mase}
    total = fsum(1 / error for error in mase.values())
    return {model: 1 / error / total for model, error in mase.items()}


def together(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The ensemble: the weighted geometric mean (of 1 + value, so that 0 is a value), as growth multiplies."""
    return expm1(fsum(weight * log1p(values[model]) for model, weight in weights.items()))


def naive_error(seen: Observed) -> float:
    """What errors are scaled by: how much the series moved a year, on average over its steps; a step over a gap by its years."""
    if len(seen.years) < 2:
        return 0.0
    return float(np.mean(np.abs(np.diff(seen.values)) / np.diff(seen.years)))


def yearly_error(held: Sequence[Held], growths: Mapping[int, float | None], origin: int) -> float | None:
    """By how much a year's growth is missed from an origin, in logarithms of 1 + value: four in five forecasts miss by no more.

    `held` are a model's earlier forecasts, `growths` how much the series was growing at each origin (see growth): errors are
    compared as shares of that, for a series that grows tenfold is missed by more than one that hardly moves. With too few of
    them, an error as large as the growth itself; None where that is not known.
    """
    now = growths[origin]
    if now is None:
        return None
    shares = []
    for one in held:
        if then := growths[one.told.origin]:
            missed = abs(log1p(one.told.value) - log1p(one.actual)) / (one.told.year - one.told.origin)
            shares.append(missed / then)
    return now * (eighty_percent(shares) if len(shares) >= ENOUGH else 1.0)


def growth(seen: Observed) -> float | None:
    """How much a series has been growing, or falling, a year: the mean over its last three steps, in logarithms of 1 + value."""
    steps = np.abs(np.diff(np.log1p(seen.values))) / np.diff(seen.years)
    return float(np.mean(steps[-_STEPS:])) if steps.size else None


def eighty_percent(errors: Iterable[float]) -> float:
    """What the next error of a kind stays below in four cases of five, whatever their distribution (conformal prediction).

    Of n errors the one in place 4 (n + 1) / 5, rounded up; the largest where they are fewer than four.
    """
    ascending = sorted(errors)
    return ascending[min(-(-4 * (len(ascending) + 1) // 5), len(ascending)) - 1]


def interval(value: float, yearly: float | None, years: int, ceiling: float) -> tuple[float | None, float | None]:
    """The 80 % interval of a forecast so many years ahead: a rate of growth that is off stays off, so it widens with each."""
    if yearly is None:
        return None, None
    factor = exp(min(yearly * years, 700.0))
    return max((1 + value) / factor - 1, 0.0), max(min((1 + value) * factor - 1, ceiling), value)
