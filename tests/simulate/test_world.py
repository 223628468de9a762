"""Worlds: shops in cohorts, the orders that they need, weights and amounts. All expectations are worked out by hand."""

from __future__ import annotations

import pytest

from flows.simulate.draws import draw, shared_out
from flows.simulate.world import UNCLOSED, TooFewOrders, Village, cohort_years, settle_world

YEARS = range(2018, 2021)


def village(line: int, shops: dict[int, int], kind: str = "active", weight: float = 1.0) -> Village:
    return Village(line, 500, shops, dict.fromkeys(shops, 1_000_000.0), kind, weight)


def cohorts(*villages: Village, orders: int, kept: range = YEARS) -> list[tuple[int, int, int, int, str]]:
    world = settle_world(list(villages), YEARS, orders, kept)
    return [(c.line, c.shops, c.first_year, c.last_year, c.kind) for c in world.cohorts]


def test_shops_open_as_a_village_grows_and_the_last_ones_close_as_it_shrinks():
    # 10 in 2018; 5 more in 2019, all of them young where there are no orders to spare; in 2020 only 8 are left
    least = 10 * 3 + 10 * 3 + 5 * 2 + 8 * 3
    assert cohorts(village(1, {2018: 10, 2019: 15, 2020: 8}), orders=least) == [
        (1, 5, 2019, 2019, "young"),
        (1, 2, 2018, 2019, "active"),
        (1, 8, 2018, UNCLOSED, "active"),
    ]


def test_one_order_fewer_is_refused_with_the_least_number():
    with pytest.raises(
        TooFewOrders, match=r"93 orders are too few: the shops of this plan need 94 \(2018: 30, 2019: 40, 2020: 24\)"
    ) as told:
        cohorts(village(1, {2018: 10, 2019: 15, 2020: 8}), orders=93)
    assert told.value.least == 94


def test_with_orders_to_spare_fewer_of_the_new_shops_are_young():
    # 10 shops are new in 2019; 10 orders to spare make half of them older, which takes 5
    world = settle_world([village(1, {2018: 0, 2019: 10, 2020: 10})], YEARS, 10 * 2 + 10 * 3 + 10, YEARS)
    assert [(c.shops, c.kind) for c in world.cohorts] == [(5, "active"), (5, "young")]
    assert world.orders == 60
    assert sum(world.further.values()) == 5


def test_shops_that_opened_before_the_first_year_are_old():
    assert cohorts(village(1, {2018: 4, 2019: 6, 2020: 6}), orders=36, kept=range(2019, 2021)) == [
        (1, 4, 2019, UNCLOSED, "active"),
        (1, 2, 2019, UNCLOSED, "active"),
    ]


def test_shops_outside_need_one_order_a_year():
    world = settle_world([village(1, {2018: 3, 2019: 3, 2020: 3}, "outside")], YEARS, 9, YEARS)
    assert world.orders == 9
    assert sum(world.further.values()) == 0


def test_weights_follow_on_each_other_and_amounts_come_to_the_sales():
    # 2018 alone: 2 shops of weight 100 and 3 of weight 200; base 2 x 3 and 3 x 1; no order beyond the base
    world = settle_world([village(1, {2018: 2}), village(2, {2018: 3}, "outside", 2.0)], YEARS, 9, range(2018, 2019))
    rows = [(c.cohort, c.weight_before, c.weight, c.mean_fen) for c in cohort_years(world)]
    # 1,000,000 yuan over 6 orders, of which some 0.3 % is refunded; over 3 likewise
    assert rows == [(0, 0, 100, round(100_000_000 / (6 * 0.997))), (1, 200, 200, round(100_000_000 / (3 * 0.997)))]


def test_shares_are_whole_and_add_up():
    assert shared_out(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert shared_out(7, {"a": 5, "b": 2}) == {"a": 5, "b": 2}
    assert shared_out(7, {"a": 0, "b": 0}) == {"a": 0, "b": 0}


def test_draws_are_the_same_on_every_machine():
    assert draw(1, "county", "371721") == pytest.approx(draw(1, "county", "371721"), abs=0)
    assert draw(1, "county", "371721") == 0.9719523044631527
    assert draw(1, "x") != draw(2, "x")
