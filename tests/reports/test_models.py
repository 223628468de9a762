"""Growth models, each on a series of its own kind. docs/forecast.md, "Models"."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest

from flows.reports.forecast.models import MODELS, SHORTEST, Array, Observed, carries, predict

YEARS = np.arange(2009, 2021, dtype=np.float64)
NEXT = np.arange(2021, 2031, dtype=np.float64)
BOUND = 1e6


def logistic(years: Array) -> Array:
    return 9000 / (1 + np.exp(-0.6 * (years - 2017)))


def gompertz(years: Array) -> Array:
    return 9000 * np.exp(-np.exp(-0.25 * (years - 2017)))


def bass(years: Array) -> Array:
    come = np.exp(-(0.002 + 0.5) * (years - 2008))
    return 9000 * (1 - come) / (1 + 0.5 / 0.002 * come)


def doubling(years: Array) -> Array:
    return 3 * 2.0 ** (years - 2009)


class TestEachModelFindsItsOwnKind:
    @pytest.mark.parametrize(
        ("model", "of"), [("exponential", doubling), ("logistic", logistic), ("gompertz", gompertz), ("bass", bass)]
    )
    def test_exactly(self, model: str, of: Callable[[Array], Array]) -> None:
        assert predict(model, Observed(YEARS, of(YEARS), BOUND), NEXT[:5]) == pytest.approx(of(NEXT[:5]), rel=1e-3)

    @pytest.mark.parametrize(
        ("model", "of"), [("exponential", doubling), ("logistic", logistic), ("gompertz", gompertz), ("bass", bass)]
    )
    def test_also_over_a_gap(self, model: str, of: Callable[[Array], Array]) -> None:
        # 2010 and 2011 are unknown, as they are of the published series: years count, not places in the list
        years = np.delete(YEARS, [1, 2])
        assert predict(model, Observed(years, of(years), BOUND), NEXT[:5]) == pytest.approx(of(NEXT[:5]), rel=1e-3)

    def test_naive_goes_on_with_the_last_value(self) -> None:
        assert predict("naive", Observed(YEARS[:3], np.array([3.0, 14.0, 20.0]), BOUND), NEXT[:3]).tolist() == [20, 20, 20]

    def test_the_damped_trend_of_a_straight_line_goes_on_with_it_or_slower(self) -> None:
        found = predict("damped_trend", Observed(YEARS, 100 + 50 * (YEARS - 2009), BOUND), NEXT)
        line = 100 + 50 * (NEXT - 2009)
        assert found[0] == pytest.approx(line[0], rel=0.02)
        assert all(found <= line * 1.001)
        assert all(np.diff(found) > 0)

    @pytest.mark.parametrize("years", range(4, 13))
    def test_the_damped_trend_is_that_of_statsmodels(self, years: int) -> None:
        published = [3, 14, 20, 212, 780, 1311, 2118, 3202, 4310, 5425, 7023, 7780]
        y = np.array(published[:years], dtype=np.float64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the likelihood of a short series, and of an optimum at a bound
            from statsmodels.tsa.holtwinters import Holt

            model = Holt(y, damped_trend=True, initialization_method="known", initial_level=y[0], initial_trend=y[1] - y[0])
            expected = model.fit().forecast(5)
        seen = Observed(np.arange(2011.0, 2011 + years), y, BOUND)
        assert predict("damped_trend", seen, 2011.0 + years + np.arange(5)) == pytest.approx(expected, rel=1e-4)

    def test_the_damped_trend_knows_the_years_since_the_last_gap_alone(self) -> None:
        recent = np.array([100.0, 150, 190, 220, 240])
        whole = Observed(np.array([2009.0, 2012, 2016, 2017, 2018, 2019, 2020]), np.array([1.0, 9000, *recent]), BOUND)
        alone = Observed(np.arange(2016.0, 2021), recent, BOUND)
        assert predict("damped_trend", whole, NEXT).tolist() == predict("damped_trend", alone, NEXT).tolist()


class TestBounds:
    @pytest.mark.parametrize("model", MODELS)
    def test_no_forecast_exceeds_the_ceiling(self, model: str) -> None:
        observed = Observed(YEARS, doubling(YEARS), 10_000)  # 6,144 in 2020, doubling
        assert predict(model, observed, NEXT).max() <= 10_000

    def test_a_saturation_above_the_ceiling_is_not_fitted(self) -> None:
        # a logistic that heads for 9,000 where there are 8,000 villages: the curve itself ends there, it is not cut off
        found = predict("logistic", Observed(YEARS[:9], logistic(YEARS[:9]), 8000), NEXT)
        assert found[-1] == pytest.approx(8000, rel=0.02)
        assert all(np.diff(found) > 0)

    @pytest.mark.parametrize("model", MODELS)
    def test_no_forecast_is_below_nothing(self, model: str) -> None:
        falling = Observed(YEARS[:6], np.array([500.0, 300, 100, 40, 10, 1]), BOUND)
        assert predict(model, falling, NEXT).min() >= 0


class TestWhatASeriesCarries:
    @pytest.mark.parametrize("model", MODELS)
    def test_a_year_more_than_parameters(self, model: str) -> None:
        parameters = {"naive": 0, "exponential": 2}.get(model, 3)
        assert SHORTEST[model] == parameters + 1
        for years in range(1, 6):
            assert carries(model, Observed(YEARS[:years], doubling(YEARS[:years]), BOUND)) == (years > parameters)

    def test_years_without_anything_carry_no_growth(self) -> None:
        zeros = Observed(YEARS, np.zeros(12), 10)
        assert [model for model in MODELS if carries(model, zeros)] == ["naive"]
        three = Observed(YEARS, np.array([0.0] * 9 + [1, 2, 4]), 10)
        assert [model for model in MODELS if carries(model, three)] == ["naive", "exponential", "damped_trend"]

    def test_what_has_ended_does_not_grow(self) -> None:
        ended = Observed(YEARS[:6], np.array([1.0, 2, 4, 8, 16, 0]), 100)
        assert [model for model in MODELS if carries(model, ended)] == ["naive"]

    @pytest.mark.parametrize("values", [[5.0] * 8, [1.0, 1e9, 1, 1e9, 1, 1e9], [0.0, 0, 1, 1, 1, 1], [1e-3, 2e-3, 3e-3, 5e-3]])
    @pytest.mark.parametrize("model", MODELS)
    def test_odd_series_do_not_fail(self, model: str, values: list[float]) -> None:
        observed = Observed(YEARS[: len(values)], np.array(values), max(values) * 10)
        assert carries(model, observed)
        found = predict(model, observed, np.arange(2022.0, 2040))
        assert np.isfinite(found).all()
        assert found.max() <= observed.ceiling


class TestLevels:
    """From a break on something else is counted: years before lie a level higher or lower, and growth goes on."""

    def test_the_level_is_told_from_growth(self) -> None:
        # doubles every year; up to 2015 a tenth more was counted, of which nothing is seen in the years after
        values = doubling(YEARS) * np.where(YEARS < 2016, 1.1, 1.0)
        blind, knowing = (predict("exponential", Observed(YEARS, values, 1e9, levels), NEXT) for levels in ((), (2016,)))
        true = doubling(NEXT)
        assert abs(knowing[-1] / true[-1] - 1) < abs(blind[-1] / true[-1] - 1)

    @pytest.mark.parametrize("model", ["exponential", "logistic", "gompertz", "bass"])
    def test_a_break_before_or_after_the_series_is_none(self, model: str) -> None:
        plain = predict(model, Observed(YEARS, logistic(YEARS), BOUND), NEXT)
        assert predict(model, Observed(YEARS, logistic(YEARS), BOUND, (2009, 2021)), NEXT).tolist() == plain.tolist()

    @pytest.mark.parametrize("model", ["exponential", "logistic", "gompertz", "bass"])
    def test_a_break_without_a_step_changes_next_to_nothing(self, model: str) -> None:
        of = {"exponential": doubling, "logistic": logistic, "gompertz": gompertz, "bass": bass}[model]
        found = predict(model, Observed(YEARS, of(YEARS), BOUND, (2015, 2019)), NEXT[:3])
        assert found == pytest.approx(of(NEXT[:3]), rel=2e-3)
