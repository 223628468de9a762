"""Rolling origins, weights and intervals, worked out by hand. docs/forecast.md, "Backtests"."""

from __future__ import annotations

from math import exp, log, log1p

import numpy as np
import pytest

from flows.reports.forecast.models import MODELS, Observed
from flows.reports.forecast.rolling import (
    ENSEMBLE,
    Held,
    Told,
    eighty_percent,
    growth,
    interval,
    naive_error,
    roll,
    together,
    weigh,
    yearly_error,
)  # fmt: skip

YEARS = np.array([2009, 2012, 2013, 2014, 2015, 2016, 2017, 2018, 2019, 2020, 2021, 2022], dtype=np.float64)
VALUES = np.array([3, 14, 20, 212, 780, 1311, 2118, 3202, 4310, 5425, 7023, 7780], dtype=np.float64)
PUBLISHED = Observed(YEARS, VALUES, 487_144, (2020,))


def held(model: str, origin: int, year: int, error: float | None = 0.0, value: float = 0.0, actual: float = 0.0) -> Held:
    return Held(Told(model, origin, year, value, None, None, None), actual, None, error)


class TestErrors:
    def test_a_step_over_a_gap_counts_by_its_years(self) -> None:
        # 3 to 14 in three years, 14 to 20 in one: (11/3 + 6) / 2
        assert naive_error(PUBLISHED.until(2013)) == pytest.approx((11 / 3 + 6) / 2)

    def test_one_year_has_not_moved(self) -> None:
        assert naive_error(PUBLISHED.until(2009)) == 0
        assert growth(PUBLISHED.until(2009)) is None

    def test_growth_is_the_mean_of_the_last_three_steps(self) -> None:
        assert growth(Observed(np.array([2010.0, 2011, 2013]), np.array([0.0, 1, 7]), 9)) == pytest.approx(
            (log(2) + log(4) / 2) / 2
        )
        last = [log1p(b) - log1p(a) for a, b in ((4310, 5425), (5425, 7023), (7023, 7780))]
        assert growth(PUBLISHED) == pytest.approx(sum(last) / 3)

    def test_the_scaled_error_of_naive_by_hand(self) -> None:
        # from 2021: tells 7,023 for 2022, which came to 7,780; the steps up to 2021 are by year 11/3, 6, 192, …
        steps = [11 / 3, 6, 192, 568, 531, 807, 1084, 1108, 1115, 1598]
        (row,) = [one for one in roll(PUBLISHED, 2032)[1] if one.told.model == "naive" and one.told.origin == 2021]
        assert (row.told.value, row.actual) == (7023, 7780)
        assert row.scaled_error == pytest.approx(757 / (sum(steps) / 10))


class TestWeights:
    def test_as_one_over_the_mean_error(self) -> None:
        # a misses by 1 and 3, b by 1 and 0: 2 against 1/2 on average, so 1 : 4
        rows = [held("a", 1, 2, 1), held("a", 1, 3, 3), held("b", 1, 2, 1), held("b", 1, 3, 0)]
        assert weigh(["a", "b"], rows) == pytest.approx({"a": 0.2, "b": 0.8})

    def test_only_what_all_of_them_told_counts(self) -> None:
        rows = [held("a", 1, 2, 1), held("b", 1, 2, 1), held("a", 1, 3, 1000)]
        assert weigh(["a", "b"], rows) == pytest.approx({"a": 0.5, "b": 0.5})

    def test_they_are_equal_where_nothing_is_known(self) -> None:
        assert weigh(["a", "b"], []) == {"a": 0.5, "b": 0.5}
        assert weigh(["a", "b"], [held("a", 1, 2, 1), held("b", 2, 3, 1), held("a", 1, 3, None)]) == {"a": 0.5, "b": 0.5}

    def test_one_that_never_missed_has_all(self) -> None:
        assert weigh(["a", "b"], [held("a", 1, 2, 0), held("b", 1, 2, 1)]) == {"a": 1.0, "b": 0.0}

    def test_the_ensemble_is_the_weighted_geometric_mean(self) -> None:
        assert together({"a": 3, "b": 15}, {"a": 0.5, "b": 0.5}) == pytest.approx(7)  # √(4 · 16) - 1
        assert together({"a": 0, "b": 0}, {"a": 0.5, "b": 0.5}) == 0


class TestIntervals:
    @pytest.mark.parametrize(
        ("errors", "want"),
        [([5], 5), ([1, 2, 3], 3), ([1, 2, 3, 4], 4), ([4, 3, 2, 1, 9], 9), (range(1, 10), 8), (range(1, 20), 16)],
    )
    def test_four_in_five_are_below(self, errors: list[float], want: float) -> None:
        # in place 4 (n + 1) / 5, rounded up: of 9 the 8th, of 19 the 16th
        assert eighty_percent(errors) == want

    def test_it_widens_with_every_year(self) -> None:
        assert interval(99, log(2), 1, 1000) == pytest.approx((49, 199))
        assert interval(99, log(2), 2, 1000) == pytest.approx((24, 399))

    def test_it_stays_between_nothing_and_the_ceiling(self) -> None:
        assert interval(1, 1.0, 10, 50) == (0, 50)
        assert interval(1, None, 10, 50) == (None, None)
        assert interval(7, 1e9, 9, 50) == (0, 50)

    def test_errors_are_shares_of_the_growth_of_their_time(self) -> None:
        # four forecasts from 2015, each half the growth off a year; growth was 1 then and is 0.2 now
        rows = [held("a", 2015, 2015 + h, value=exp(3 + 0.5 * h) - 1, actual=exp(3) - 1) for h in (1, 2, 3, 4)]
        assert yearly_error(rows, {2015: 1.0, 2020: 0.2}, 2020) == pytest.approx(0.1)

    def test_with_too_few_an_error_is_as_large_as_the_growth(self) -> None:
        rows = [held("a", 2015, 2016, value=3, actual=3)] * 3
        assert yearly_error(rows, {2015: 1.0, 2020: 0.2}, 2020) == 0.2
        assert yearly_error([], {2020: None}, 2020) is None


class TestOrigins:
    def test_from_six_years_on_every_later_year_is_held_back(self) -> None:
        rows = [(one.told.origin, one.told.year) for one in roll(PUBLISHED, 2032)[1] if one.told.model == ENSEMBLE]
        assert rows == [(origin, year) for origin in range(2016, 2022) for year in range(origin + 1, 2023)]

    def test_what_came_after_an_origin_changes_nothing_told_there(self) -> None:
        """No tuning on held-back years: with other values after 2019, all that was told up to 2019 is the same."""
        other = VALUES.copy()
        other[YEARS > 2019] = [9000, 100, 5]
        told = [
            [one.told for one in roll(Observed(YEARS, values, 487_144, (2020,)), 2032)[1] if one.told.origin <= 2019]
            for values in (VALUES, other)
        ]
        assert told[0] == told[1]

    def test_a_forecast_is_what_it_would_have_been_then(self) -> None:
        """What the backtest tells of 2019 is what a series that ends in 2019 gives."""
        then, _ = roll(PUBLISHED.until(2019), 2022)
        now = [one.told for one in roll(PUBLISHED, 2032)[1] if one.told.origin == 2019]
        assert then == now

    def test_coverage_by_hand(self) -> None:
        for one in roll(PUBLISHED, 2032)[1]:
            assert one.told.lower is not None and one.told.upper is not None
            assert one.is_within == (one.told.lower <= one.actual <= one.told.upper)

    def test_weights_are_shares(self) -> None:
        told, rows = roll(PUBLISHED, 2032)
        for origin in (*range(2016, 2022), 2022):
            weights = {one.model: one.weight for one in (*told, *(row.told for row in rows)) if one.origin == origin}
            assert weights.pop(ENSEMBLE) is None
            assert sum(weight or 0 for weight in weights.values()) == pytest.approx(1)
            assert set(weights) == set(MODELS)

    @pytest.mark.parametrize("values", [[0.0], [7.0], [0.0] * 12, [7.0] * 12, [0.0, 5.0], [5.0, 0.0]])
    def test_short_and_still_series(self, values: list[float]) -> None:
        told, rows = roll(Observed(YEARS[: len(values)], np.array(values), max(values) * 2), 2032)
        last = {one.model: one.value for one in told if one.year == 2032}
        assert last["naive"] == values[-1]
        assert last[ENSEMBLE] == pytest.approx(values[-1], rel=1e-3)
        assert all(one.scaled_error is None for one in rows)
        assert [one for one in told if one.lower is None] == (told if len(values) == 1 else [])

    def test_bits_are_the_same_every_time(self) -> None:
        assert roll(PUBLISHED, 2032) == roll(PUBLISHED, 2032)
