"""Growth models: pure functions of the years and values of a series. docs/forecast.md, "Models".

    values = predict("gompertz", observed, years)

Growth curves are fitted to logarithms, each year weighted by its value, as counts want it: an error weighs as in a Poisson
regression, so the thousands of late years decide more than the three villages of 2009. The two parameters of a curve's shape are
looked for on a grid that is made finer around its best point; the saturation and the levels before breaks follow from them by
least squares. The damped trend is found on such grids too. So a fit has no starting values, ends always, and gives the same bits
for the same series.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_LARGEST = 700.0
"""Exponents beyond it would overflow a double."""
_ROUNDS, _FIRST_POINTS, _POINTS = 24, 41, 11
"""Grids, one within the other, that a fit looks through; points of the first in each direction, and of the others."""
_SMOOTHINGS = 21
"""Points of the first grid in each of three directions."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A series as a model sees it: years, ascending, and their values, >= 0, in the unit of the series.

    `ceiling`: what no value can exceed, at least the largest one. `levels`: the years from which on something else is counted.
    """

    years: Array
    values: Array
    ceiling: float
    levels: tuple[int, ...] = ()

    def until(self, year: int) -> Observed:
        """What was known of it in a year."""
        known = self.years <= year
        return replace(self, years=self.years[known], values=self.values[known])

    @property
    def positive(self) -> Observed:
        """Its years with a positive value: logarithms know no others."""
        known = self.values > 0
        return replace(self, years=self.years[known], values=self.values[known])

    @property
    def since_gap(self) -> Observed:
        """Its newest years without a gap between them."""
        gaps = np.flatnonzero(np.diff(self.years) > 1)
        first = int(gaps[-1]) + 1 if gaps.size else 0
        return replace(self, years=self.years[first:], values=self.values[first:])


def carries(model: str, observed: Observed) -> bool:
    """Whether a series is long enough for a model: one year more than the model has parameters.

    Growth curves count years with a positive value, the damped trend years since the last gap.
    """
    counted = {"naive": observed, "damped_trend": observed.since_gap}.get(model, observed.positive)
    return len(counted.years) >= SHORTEST[model] and bool(observed.values[-1:].any() or model == "naive")


def predict(model: str, observed: Observed, years: Array) -> Array:
    """The values that a model gives for years after those of a series that carries it, from 0 to its ceiling."""
    return np.clip(MODELS[model](observed, years), 0.0, observed.ceiling)


def naive(observed: Observed, years: Array) -> Array:
    """The last value goes on."""
    return np.full(len(years), observed.values[-1])


def exponential(observed: Observed, years: Array) -> Array:
    """A constant rate of growth: log y = c + r t, weighted least squares."""
    known = observed.positive
    since = known.years - known.years[-1]
    found = _solution(known, since[:, None]) @ np.log(known.values)
    return _exp(found[0] + found[1] * (years - known.years[-1]))


def logistic(observed: Observed, years: Array) -> Array:
    """Growth to a saturation K: y = K / (1 + exp(-a (t - b))), most of it at K / 2."""
    return _curve(_log_logistic, observed, years, _from_the_end(observed))


def gompertz(observed: Observed, years: Array) -> Array:
    """Growth to a saturation K: y = K exp(-exp(-a (t - b))), most of it early, at K / e."""
    return _curve(_log_gompertz, observed, years, _from_the_end(observed))


def bass(observed: Observed, years: Array) -> Array:
    """Diffusion among K villages: p of those left come by themselves a year, q by the example of those that came before.

    It begins at 0, the year before the first of the series.
    """
    known = observed.positive
    innovation, imitation = (
        np.linspace(np.log(1e-8), np.log(0.5), _FIRST_POINTS),
        np.linspace(np.log(0.01), np.log(3.0), _FIRST_POINTS),
    )
    return _curve(_log_bass, observed, years, (known.years[0] - 1, innovation, imitation))


def damped_trend(observed: Observed, years: Array) -> Array:
    """Exponential smoothing with a trend that fades (Gardner and McKenzie), of the years since the last gap.

    Smoothing and fading are those with the least squares of what it told a year ahead, within the bounds of statsmodels' `Holt`,
    which tests compare it with: from 0 to 1, that of the trend not above that of the level; a trend keeps 80 to 99.5 % a year.
    """
    y = observed.since_gap.values
    bounds = ((0.0, 1.0), (0.0, 1.0), (0.8, 0.995))
    grids = [np.linspace(*bound, _SMOOTHINGS) for bound in bounds]
    found: tuple[float, ...] = ()
    for _ in range(_ROUNDS // 2):
        of_level, of_trend, kept = np.ix_(*grids)
        lost = np.where(of_trend <= of_level, _smoothed(y, of_level, of_trend, kept)[2], np.inf)
        found = tuple(float(grid[at]) for grid, at in zip(grids, np.unravel_index(int(np.argmin(lost)), lost.shape), strict=True))
        finer = (_around(grid, at) for grid, at in zip(grids, found, strict=True))
        grids = [np.clip(grid, *bound) for grid, bound in zip(finer, bounds, strict=True)]
    level, trend, _ = _smoothed(y, *map(np.array, found))
    steps = (years - observed.years[-1]).astype(int)
    path: Array = (level + trend * np.cumsum(found[2] ** np.arange(1.0, steps[-1] + 1)))[steps - 1]
    return path


def _smoothed(y: Array, of_level: Array, of_trend: Array, kept: Array) -> tuple[Array, Array, Array]:
    """Level and trend after a series, and the sum of squares of what was told a year ahead; parameters may be grids."""
    level, trend, lost = np.array(y[0]), np.array(y[1] - y[0]), np.array(0.0)
    for value in y:
        told, before = level + kept * trend, level
        level = told + of_level * (value - told)
        trend = of_trend * (level - before) + (1 - of_trend) * kept * trend
        lost = lost + (value - told) ** 2
    return level, trend, lost


MODELS: Mapping[str, Callable[[Observed, Array], Array]] = MappingProxyType(
    {
        "naive": naive,
        "exponential": exponential,
        "logistic": logistic,
        "gompertz": gompertz,
        "bass": bass,
        "damped_trend": damped_trend,
    }
)
"""The models by name."""
SHORTEST: Mapping[str, int] = MappingProxyType(
    {"naive": 1, "exponential": 3, "logistic": 4, "gompertz": 4, "bass": 4, "damped_trend": 4}
)
"""How many years a series must have for a model (see `carries`)."""


# ------------------------------------------------------------------------------------------------------------
# Growth curves: log y = log K + shape(t; a, b), and what was counted before a break lies a level higher or lower


def _log_logistic(x: Array, a: Array, b: Array) -> Array:
    return -np.logaddexp(0.0, np.minimum(-np.exp(a) * (x - b), _LARGEST))


def _log_gompertz(x: Array, a: Array, b: Array) -> Array:
    return -np.exp(np.minimum(-np.exp(a) * (x - b), _LARGEST / 2))


def _log_bass(x: Array, p: Array, q: Array) -> Array:
    come = np.minimum((np.exp(p) + np.exp(q)) * x, _LARGEST)
    log: Array = np.log(np.maximum(-np.expm1(-come), 1e-300)) - np.log1p(np.exp(np.minimum(q - p, _LARGEST)) * np.exp(-come))
    return log


def _from_the_end(observed: Observed) -> tuple[float, Array, Array]:
    """The origin of time, and the first grid: rates from 2 % to 500 % a year, turning points some lengths of the series away."""
    known = observed.positive
    span = max(known.years[-1] - known.years[0], 1.0)
    rates = np.linspace(np.log(0.02), np.log(5.0), _FIRST_POINTS)
    return known.years[-1], rates, np.linspace(-2 * span, 4 * span, _FIRST_POINTS)


def _curve(
    shape: Callable[[Array, Array, Array], Array], observed: Observed, years: Array, start: tuple[float, Array, Array]
) -> Array:
    """The values of the curve of a shape that fits best."""
    known, (origin, a, b) = observed.positive, start
    x, logs, most = known.years - origin, np.log(known.values), np.log(known.ceiling)
    every, levels = _solution(known), _levels(known)
    weights = known.values / known.values.max()
    found = (0.0, 0.0, 0.0)
    for _ in range(_ROUNDS):
        rest = logs - shape(x, a[:, None, None], b[None, :, None])
        saturation = np.minimum(rest @ every[0], most)
        moved = (rest - saturation[..., None]) @ _level_solution(known).T
        errors = rest - saturation[..., None] - moved @ levels.T
        lost = (errors**2) @ weights + (moved**2).sum(axis=-1)
        i, j = np.unravel_index(int(np.argmin(lost)), lost.shape)
        found = (float(a[i]), float(b[j]), float(saturation[i, j]))
        a, b = (_around(grid, at) for grid, at in ((a, found[0]), (b, found[1])))
    return _exp(found[2] + shape(years - origin, np.array(found[0]), np.array(found[1])))


def _around(grid: Array, at: float) -> Array:
    """A finer grid: two points of the old one to either side."""
    reach = 2 * (grid[1] - grid[0])
    return np.linspace(at - reach, at + reach, _POINTS)


def _levels(observed: Observed) -> Array:
    """A column a break: 1 for the years before it. What they counted may lie a level higher or lower (in logarithms)."""
    years = observed.years
    columns = [years < level for level in observed.levels if years[0] < level <= years[-1]]
    return np.array(columns, dtype=np.float64).reshape(-1, len(years)).T


def _solution(observed: Observed, others: Array | None = None) -> Array:
    """What turns logarithms into the coefficients of least squares: a constant, `others`, then the levels (see _levels).

    A level is held towards none: it weighs in the sum of squares as the error of the newest year would.
    """
    constant = np.ones((len(observed.years), 1))
    columns = np.hstack([constant, *([others] if others is not None else []), _levels(observed)])
    return _least_squares(observed, columns, columns.shape[1] - _levels(observed).shape[1])


def _level_solution(observed: Observed) -> Array:
    """As _solution, where the constant is given: of the levels alone."""
    return _least_squares(observed, _levels(observed), 0)


def _least_squares(observed: Observed, columns: Array, free: int) -> Array:
    """(XᵀWX + P)⁻¹ XᵀW, with W the values as weights, 1 for the largest, and P nothing for the first `free` columns, else 1."""
    weighted = columns.T * (observed.values / observed.values.max())
    held = np.diag([0.0] * free + [1.0] * (columns.shape[1] - free))
    return np.linalg.solve(weighted @ columns + held, weighted)


def _exp(logs: Array) -> Array:
    return np.exp(np.minimum(logs, _LARGEST))
