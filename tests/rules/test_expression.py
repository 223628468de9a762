"""The shipped rulebooks at their thresholds, through DuckDB; expressions against plain fractions."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.rules import load_rulebooks
from flows.rules.expression import by_year, expression, met, met_unit
from flows.rules.rulebook import AllOf, AnyOf, Criterion, Rule, Source, Tree, leaves
from flows.rules.weighing import ways, weigh

BOOKS = {book.name: book for book in load_rulebooks(Path(__file__).parents[2] / "rulebooks")}

TYPES = {"sales": "DECIMAL(38,2)", "open_at_year_end": "BOOLEAN", "unit_type": "VARCHAR", "year": "INTEGER"}


@pytest.fixture(scope="module")
def con():
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


def ask(con, made: duckdb.Expression, **columns):
    """The value of an expression over one row."""
    row = ", ".join(f"?::{TYPES.get(name, 'BIGINT')} as {name}" for name in columns)
    ((value,),) = con.sql(f"select {row}", params=list(columns.values())).select(made).fetchall()
    return value


# A shop is active


def active(con, book, **shop):
    usual = {"year": 2019, "transactions": 0, "transactions_last_3_months": 0, "days_open": 900, "sales": 0}
    rules = by_year(BOOKS[book].active, lambda rule: expression(rule.criteria), default=False)
    return ask(con, rules, **usual | {"open_at_year_end": True} | shop)


def test_article_a_shop_is_active_with_one_order_whatever_else(con):
    assert active(con, "article", transactions=1, open_at_year_end=False, days_open=-5)
    assert not active(con, "article", transactions=0)


@pytest.mark.parametrize("book", ["aliresearch", "zhejiang"])
@pytest.mark.parametrize(
    ("days_open", "orders", "is_active"),
    [
        (29, 50, False),  # open for too short a time
        (30, 0, False),
        (30, 1, True),  # one order in 30 days
        (31, 1, False),  # 31 days ask for 31/30
        (31, 2, True),
        (60, 2, True),
        (61, 2, False),
        (61, 3, True),
        (89, 3, True),
        (90, 2, False),
        (90, 3, True),
        (5000, 2, False),
        (5000, 3, True),  # never more than three
        (0, 3, False),
        (-1, 3, False),  # opened after the year's end
    ],
)
def test_aliresearch_orders_of_the_last_three_months(con, book, days_open, orders, is_active):
    assert active(con, book, days_open=days_open, transactions_last_3_months=orders) is is_active


def test_aliresearch_a_shop_that_has_closed_is_not_active(con):
    assert not active(con, "aliresearch", transactions_last_3_months=9, open_at_year_end=False)


# A village has the status


def village(con, book, year=2019, **metrics):
    """The status and the columns met_unit, met_sales, met_shops and met_households."""
    rules = BOOKS[book].village
    usual = {"shops": 500, "transactions": 5000, "unit_type": "village"}
    columns = (
        by_year(rules, lambda rule: expression(rule.criteria), default=False),
        by_year(rules, lambda rule: met_unit(rule.units)),
        by_year(rules, lambda rule: met(rule.criteria, metric="sales")),
        by_year(rules, lambda rule: met(rule.criteria, metric="active_shops")),
        by_year(rules, lambda rule: met(rule.criteria, over="households")),
    )
    is_met, unit, *kinds = (ask(con, column, year=year, **usual | metrics) for column in columns)
    return is_met and unit is not False, unit, *kinds


@pytest.mark.parametrize(
    ("sales", "active_shops", "ecommerce_households", "households", "status", "kinds"),
    [
        ("10000000.01", 101, 100, 1000, True, (True, True, True)),
        ("10000000.00", 101, 100, 1000, False, (False, True, True)),  # more than ten million
        ("9999999.99", 101, 100, 1000, False, (False, True, True)),
        ("10000000.01", 100, 100, 1000, False, (True, False, True)),  # more than a hundred shops
        ("10000000.01", 101, 99, 1000, False, (True, True, False)),  # ten percent at least
        ("10000000.01", 101, 100, 1001, False, (True, True, False)),
        ("10000000.01", 101, 100, 999, True, (True, True, True)),
        ("10000000.01", 101, 100, None, False, (True, True, False)),  # households are not known
    ],
)
def test_article(con, sales, active_shops, ecommerce_households, households, status, kinds):
    metrics = {"sales": sales, "active_shops": active_shops, "households": households}
    found = village(con, "article", ecommerce_households=ecommerce_households, **metrics)
    assert found == (status, True, *kinds)


@pytest.mark.parametrize(
    ("sales", "active_shops", "households", "status", "kinds"),
    [
        ("10000000.00", 100, 5000, True, (True, True, False)),
        ("9999999.99", 100, 5000, False, (False, True, False)),
        ("10000000.01", 99, 5000, False, (True, False, False)),
        ("10000000.00", 99, 990, True, (True, False, True)),  # ten percent, exactly
        ("10000000.00", 99, 991, False, (True, False, False)),
        ("10000000.00", 0, 991, False, (True, False, False)),
        ("10000000.00", 100, None, True, (True, True, False)),
        ("10000000.00", 99, None, False, (True, False, False)),
    ],
)
@pytest.mark.parametrize("year", [2019, 2020])
def test_aliresearch(con, year, sales, active_shops, households, status, kinds):
    metrics = {"sales": sales, "active_shops": active_shops, "households": households}
    found = village(con, "aliresearch", year, ecommerce_households=0, **metrics)
    assert found == (status, None if year == 2019 else True, *kinds)


@pytest.mark.parametrize(
    ("sales", "active_shops", "ecommerce_households", "households", "status", "kinds"),
    [
        ("10000000.00", 51, 0, 1000, True, (True, True, False)),
        ("9999999.99", 51, 0, 1000, False, (False, True, False)),
        ("10000000.00", 50, 0, 1000, False, (True, False, False)),  # more than fifty
        ("10000000.00", 50, 100, 1000, True, (True, False, True)),
        ("10000000.00", 50, 99, 1000, False, (True, False, False)),
        ("10000000.00", 50, 99, None, False, (True, False, False)),
    ],
)
def test_zhejiang(con, sales, active_shops, ecommerce_households, households, status, kinds):
    metrics = {"sales": sales, "active_shops": active_shops, "households": households}
    found = village(con, "zhejiang", ecommerce_households=ecommerce_households, **metrics)
    assert found == (status, True, *kinds)


@pytest.mark.parametrize(
    ("book", "year", "village_like", "village_committee"),
    [
        ("article", 2014, False, True),
        ("article", 2022, False, True),
        ("aliresearch", 2014, None, None),
        ("aliresearch", 2019, None, None),
        ("aliresearch", 2020, False, True),
        ("aliresearch", 2100, False, True),  # a range without a last year has no end
        ("zhejiang", 2019, False, True),
    ],
)
def test_which_units_count(con, book, year, village_like, village_committee):
    units = by_year(BOOKS[book].village, lambda rule: met_unit(rule.units))
    assert ask(con, units, year=year, unit_type="village_like") is village_like
    assert ask(con, units, year=year, unit_type="village") is village_committee


def test_what_the_share_of_households_counts():
    shares = {name: {rule.household_share for rule in book.village} for name, book in BOOKS.items()}
    assert shares == {
        "article": {"ecommerce_households"},
        "aliresearch": {"active_shops"},
        "zhejiang": {"ecommerce_households"},
    }


def test_platforms_and_provinces():
    assert {name: book.platforms.village_active_shops for name, book in BOOKS.items()} == {
        "article": ("taobao",),
        "aliresearch": None,
        "zhejiang": None,
    }
    assert {book.platforms.sales for book in BOOKS.values()} == {None}
    assert {book.platforms.active_shops for book in BOOKS.values()} == {None}
    assert {name: book.province for name, book in BOOKS.items()} == {
        "article": None,
        "aliresearch": None,
        "zhejiang": "33",
    }


# A township, a county, jobs: the same in all three


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize(
    ("year", "taobao_villages", "sales", "active_shops", "by_villages", "by_sales"),
    [
        (2018, 3, "0.00", 0, True, False),
        (2018, 2, "99000000.00", 999, False, False),  # the way by sales is of 2019
        (2019, 2, "30000000.01", 301, False, True),
        (2019, 3, "30000000.01", 301, True, True),
        (2019, 0, "30000000.00", 301, False, False),
        (2019, 0, "30000000.01", 300, False, False),
        (2022, 0, "30000000.01", 301, False, True),
    ],
)
def test_township(con, book, year, taobao_villages, sales, active_shops, by_villages, by_sales):
    rules = BOOKS[book].township
    row = {"year": year, "taobao_villages": taobao_villages, "sales": sales, "active_shops": active_shops}
    assert ask(con, by_year(rules, lambda rule: expression(rule.villages)), **row) is by_villages
    assert ask(con, by_year(rules, lambda rule: expression(rule.sales)), **row) is by_sales


@pytest.mark.parametrize("book", BOOKS)
@pytest.mark.parametrize(
    ("taobao_villages", "tiers"),
    [
        (9, (False, False, False)),
        (10, (True, False, False)),
        (29, (True, False, False)),
        (30, (True, True, False)),
        (100, (True, True, False)),
        (101, (True, True, True)),
    ],
)
def test_cluster(con, book, taobao_villages, tiers):
    (rule,) = BOOKS[book].cluster
    for tier, expected in zip((rule.cluster, rule.large, rule.super), tiers, strict=True):
        assert ask(con, expression(tier), taobao_villages=taobao_villages) is expected


@pytest.mark.parametrize("book", BOOKS)
def test_jobs(book):
    (rule,) = BOOKS[book].jobs
    assert (rule.per_active_shop, rule.first_year, rule.last_year) == (Fraction("2.8"), None, None)


# Years


def rule(first_year, last_year):
    return Rule(first_year, last_year, Source("A paper", None), "words")


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2003, "early"), (2012, "early"), (2013, None), (2014, "late"), (2015, "late"), (2016, None)],
)
def test_by_year_gives_the_rule_of_the_year_else_the_default(con, year, expected):
    rules = (rule(None, 2012), rule(2014, 2015))
    made = by_year(rules, lambda one: duckdb.ConstantExpression("late" if one.first_year else "early"))
    assert ask(con, made, year=year) == expected
    made = by_year(rules, lambda one: duckdb.ConstantExpression(True), default=False)
    assert ask(con, made, year=year) is (expected is not None)


# Kinds of criteria


def test_met_takes_the_criteria_of_one_kind_wherever_they_stand(con):
    few, many = (Criterion("sales", None, op, Fraction(1000)) for op in ("<", ">"))
    each = Criterion("sales", "active_shops", ">", Fraction(2))
    tree = AllOf((few, AnyOf((many, each))))
    row = {"sales": "1000.01", "active_shops": 999, "households": 1}
    assert ask(con, expression(tree), **row) is False
    assert ask(con, met(tree, metric="sales"), **row) is True  # one of two is met, though not the needed one
    assert ask(con, met(tree, metric="sales", over="active_shops"), **row) is False
    assert ask(con, met(tree, metric="active_shops"), **row) is None
    assert ask(con, met(tree, over="households"), **row) is None


# Exactness


def test_no_criteria_are_never_met(con):
    assert ask(con, expression(None), sales="1.00") is False


@pytest.mark.parametrize(("sales", "status"), [("10000000.49", False), ("10000000.50", True), ("10000000.51", True)])
def test_a_threshold_of_half_a_yuan(con, sales, status):
    tree = Criterion("sales", None, ">=", Fraction("10000000.5"))
    assert ask(con, expression(tree), sales=sales) is status


@pytest.mark.parametrize(("sales", "status"), [("333.33", False), ("333.34", True)])
def test_a_threshold_between_two_fen(con, sales, status):
    tree = Criterion("sales", None, ">=", Fraction(1000, 3))
    assert ask(con, expression(tree), sales=sales) is status


@pytest.mark.parametrize(
    ("sales", "status"),
    [("1000000000000000.00", True), ("1000000000000000.01", False), ("999999999999999.99", False)],
)
def test_the_largest_sums_are_compared_to_the_fen(con, sales, status):
    tree = Criterion("sales", None, "=", Fraction(10**15))
    assert ask(con, expression(tree), sales=sales) is status


@pytest.mark.parametrize(("sales", "status"), [("999.99", False), ("1000.00", True), ("1000.01", True)])
def test_yuan_for_each_order(con, sales, status):
    tree = Criterion("sales", "transactions", ">=", Fraction(100))
    assert ask(con, expression(tree), sales=sales, transactions=10) is status


@pytest.mark.parametrize(("sales", "status"), [("999.99", True), ("1000.00", True), ("1000.01", False)])
def test_orders_for_each_yuan(con, sales, status):
    tree = Criterion("transactions", "sales", ">=", Fraction(1, 100))
    assert ask(con, expression(tree), sales=sales, transactions=10) is status


def test_the_largest_numbers_fit_and_what_does_not_is_an_error(con):
    most = Fraction(10**15 - 1, 10**15)
    row = {"sales": "1000000000000000.00", "active_shops": 2**63 - 1}
    assert ask(con, expression(Criterion("active_shops", "sales", ">", most)), **row) is True
    assert ask(con, expression(Criterion("sales", "active_shops", "<", most)), **row) is True
    row["sales"] = "999999999999999999999999999999999999.99"
    with pytest.raises(duckdb.OutOfRangeException, match="Overflow"):
        ask(con, expression(Criterion("sales", None, ">", Fraction(1))), **row)


NUMBERS = ("sales", "transactions", "active_shops", "households")

numbers = st.builds(Fraction, st.integers(0, 40), st.sampled_from((1, 2, 3, 10, 30, 100)))
numeric = st.builds(
    Criterion,
    st.sampled_from(NUMBERS),
    st.sampled_from((None, *NUMBERS)),
    st.sampled_from((">", ">=", "<", "<=", "=")),
    numbers,
)
flag = st.builds(Criterion, st.just("open_at_year_end"), st.none(), st.just("="), st.booleans())
trees: st.SearchStrategy[Tree] = st.recursive(
    numeric | flag,
    lambda items: st.builds(
        lambda node, some: node(tuple(some)),
        st.sampled_from((AllOf, AnyOf)),
        st.lists(items, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
rows = st.fixed_dictionaries(
    {
        "sales": st.none() | st.decimals(0, 40, places=2),
        "open_at_year_end": st.none() | st.booleans(),
        **dict.fromkeys(NUMBERS[1:], st.none() | st.integers(-2, 40)),
    }
)


def is_met(tree: Tree, row: dict[str, Decimal | int | bool | None]) -> bool:
    """What a tree means, by division of fractions."""
    if isinstance(tree, AllOf | AnyOf):
        return (all if isinstance(tree, AllOf) else any)([is_met(item, row) for item in tree.items])
    value, over = row[tree.metric], row[tree.over] if tree.over else 1
    if value is None or over is None or over <= 0:
        return False
    value = value if isinstance(value, bool) else Fraction(value) / Fraction(over)
    orders = {-1: ("<", "<="), 0: ("=", "<=", ">="), 1: (">", ">=")}
    return tree.op in orders[(value > tree.value) - (value < tree.value)]


@settings(max_examples=300, deadline=None)
@given(tree=trees, row=rows)
def test_expressions_agree_with_fractions(con, tree, row):
    assert ask(con, expression(tree), **row) is is_met(tree, row)
    assert weigh(tree, row).is_met is is_met(tree, row)
    assert any(all(is_met(leaf, row) for leaf in way) for way in ways(tree)) is is_met(tree, row)
    for leaf in leaves(tree):
        kind = [one for one in leaves(tree) if (one.metric, one.over) == (leaf.metric, leaf.over)]
        expected = any(is_met(one, row) for one in kind)
        assert ask(con, met(tree, metric=leaf.metric, over=leaf.over), **row) is expected
