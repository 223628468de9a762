"""What Great Expectations checks: sound tables pass, and each check is shown to fail. A check that crashes is an error.

The tables hold one village, 丁楼村, with one shop that sold for 1,000 yuan in 2018 and in 2019, and a delivery of two orders after
two others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from flows.engine import execute_folder
from flows.quality import CheckFailed, Verdict, judge
from flows.quality.expecting import run_suites
from flows.quality.suites import Check, Fact, checks, facts, suites
from flows.schema import SQL_TYPES, published_tables

if TYPE_CHECKING:
    from tests.conftest import Census

TODAY = date(2019, 7, 10)

SOUND = """
insert into shop_year by name
    select unnest([2018, 2019]) as year, 1 as shop_id, '371721101201' as village_code, '37' as province_code, 1000 as sales;
insert into village_status by name
    select unnest([2018, 2019]) as year, 'b' as rulebook, '371721101201' as village_code, '371721101201' as village_id,
           '371721101' as township_code, '371721' as county_code, '37' as province_code, 1000 as sales, 1 as shops,
           true as is_taobao_village, true as met_unit, true as met_sales, 'retained' as change, 0.5 as household_share;
insert into village_history by name select 'b' as rulebook, '371721101201' as village_id;
insert into township_status by name
    select unnest([2018, 2019]) as year, 'b' as rulebook, '371721101' as township_code, '371721' as county_code,
           1000 as sales, 5 as transactions, false as is_taobao_town;
insert into county_year by name
    select unnest([2018, 2019]) as year, 'b' as rulebook, '371721' as county_code, '37' as province_code,
           1000 as sales, 1 as taobao_villages, 'cluster' as cluster_tier;
insert into province_year by name
    select unnest([2018, 2019]) as year, 'b' as rulebook, '37' as province_code, 1000 as sales, 1 as taobao_villages;
insert into headline by name
    select unnest([2018, 2019]) as year, 'b' as rulebook, unnest(['taobao_villages', 'taobao_villages']) as metric,
           1 as value, 'villages' as unit, false as is_provisional;
insert into headline by name
    select unnest([2018, 2019]) as year, 'b' as rulebook, unnest(['coastal_share', 'coastal_share']) as metric,
           1 as value, 'share' as unit, false as is_provisional;
insert into headline by name
    select unnest([2018, 2019]) as year, 'b' as rulebook, unnest(['village_sales', 'village_sales']) as metric,
           1000 as value, 'yuan' as unit, false as is_provisional;
insert into other_orders values (100, 10, 'TRADE_FINISHED', '2019-07-08 10:00'), (200, null, 'TRADE_CLOSED', '2019-07-08 11:00');
insert into arrived_orders values (100, 10, 'TRADE_FINISHED', '2019-07-09 10:00'), (200, null, 'TRADE_CLOSED', '2019-07-09 11:00');
"""

SPOILT = {
    "keys_are_unique": ["insert into province_year from (select * from province_year)"],
    "keys_are_complete": ["update village_history set village_id = null where true; delete from village_status"],
    "references_resolve": [
        "delete from village_history",
        "delete from township_status",
        "delete from county_year where year = 2018",
        "delete from province_year where year = 2018",
        "update shop_year set village_code = null",
    ],
    "levels_agree": [
        "update village_status set sales = 1000.01",
        "update township_status set sales = 1000.01",
        "update province_year set sales = 999.99",
        "update shop_year set sales = 999.99",
        "update village_status set shops = 2",
        "update province_year set taobao_villages = 2 where year = 2019",
    ],
    "status_is_consistent": [
        "update village_status set met_sales = false",
        "update village_status set met_unit = false",
        "update village_status set change = 'lost'",
        "update township_status set change = 'new'",
        "update township_status set basis = 'sales'",
        "update county_year set taobao_villages = 0",
        "update headline set value = 2 where metric = 'taobao_villages'",
    ],
    "shares_are_shares": [
        "update headline set value = 1.01 where unit = 'share'",
        "update headline set value = -0.01 where unit = 'share'",
    ],
    "household_shares_are_likely": ["update village_status set household_share = 1.01"],
    "years_do_not_jump": [
        "update headline set value = 5001 where metric = 'village_sales' and year = 2019",
        "update headline set value = 499 where metric = 'village_sales' and year = 2019",
    ],
    "volume_is_usual": [
        "insert into arrived_orders select 100, 10, 'TRADE_FINISHED', '2019-07-09 12:00' from range(9)",  # 11 a day, 2 before
        "insert into other_orders select 100, 10, 'TRADE_FINISHED', '2019-07-08 12:00' from range(9)",  # 2 a day, 11 before
    ],
    "median_amount_is_usual": [
        "update arrived_orders set amount = amount * 2.1",
        "update arrived_orders set amount = amount / 2.1",
    ],
    "high_amounts_are_usual": ["insert into arrived_orders values (1001, 10, 'TRADE_FINISHED', '2019-07-09 12:00')"],
    "null_share_is_usual": ["update arrived_orders set refunded_amount = null"],
    "status_share_is_usual": ["update arrived_orders set status = 'TRADE_CLOSED'"],
    "newest_order_is_recent": ["update arrived_orders set updated_at = '2019-06-04'; delete from other_orders"],
}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose tables are sound."""
    with duckdb.connect() as connection:
        execute_folder(connection, "macros")
        for table in published_tables().values():
            columns = ", ".join(f'"{column.name}" {SQL_TYPES[column.type]}' for column in table.columns)
            connection.execute(f'create table "{table.name}" ({columns})')
        for name in ("arrived_orders", "other_orders"):
            connection.execute(
                f"create table {name} (amount decimal(18, 2), refunded_amount decimal(18, 2), status varchar, updated_at timestamp)"
            )
        connection.execute(SOUND)
        yield connection


def verdicts(con: duckdb.DuckDBPyConnection, docs: Path | None = None) -> list[Verdict]:
    return run_suites(suites(facts(con, published_tables().values(), TODAY)), docs)


def test_sound_tables_pass_every_check(con: duckdb.DuckDBPyConnection) -> None:
    found = verdicts(con)
    assert [one for one in found if one.outcome != "passed"] == []
    assert {one.check.name for one in found} == {check.name for check in checks()}
    assert {one.suite for one in found} == {*published_tables(), "delivery"}
    assert judge(found) == ()


@pytest.mark.parametrize(("name", "spoil"), [(name, spoil) for name, spoils in SPOILT.items() for spoil in spoils])
def test_spoilt_tables_fail_the_check(con: duckdb.DuckDBPyConnection, name: str, spoil: str) -> None:
    con.execute(spoil)
    found = facts(con, published_tables().values(), TODAY)
    asked = {suite: [one for one in of_suite if one[0].name == name] for suite, of_suite in suites(found).items()}
    failed = [one for one in run_suites({suite: of for suite, of in asked.items() if of}) if one.outcome == "failed"]
    assert failed and all(one.told for one in failed)
    if failed[0].check.severity == "stop":
        with pytest.raises(CheckFailed, match=name):
            judge(failed)
    else:
        assert judge(failed) == tuple(failed)


def test_every_check_is_shown_to_fail() -> None:
    assert set(SPOILT) == {check.name for check in checks()}


def test_a_check_that_crashes_is_an_error_whatever_its_severity() -> None:
    """The column is not there: neither passed nor failed."""
    check = Check("a_check", "jumps", "no_such_column", "warn", "why", max=1)
    (one,) = run_suites({"headline": [(check, {"table_name": ["headline"], "what": ["2019"], "jump": [1.0]})]})
    assert one.outcome == "crashed" and "no_such_column" in one.told
    with pytest.raises(CheckFailed, match="a_check crashed"):
        judge([one])


def test_what_failed_is_named() -> None:
    check = Check("a_check", "jumps", "jump", "warn", "why", max=1)
    (one,) = run_suites({"headline": [(check, {"table_name": ["headline"] * 2, "what": ["2018", "2019"], "jump": [1.0, 1.5]})]})
    assert one.told == "2019 (1.5)"


def test_the_pages_need_no_network(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    con.execute("update headline set metric = '<script>alert(1)</script>' where unit = 'share'; update headline set value = 2")
    verdicts(con, tmp_path / "docs")
    pages = {path.name: path.read_text() for path in (tmp_path / "docs").iterdir()}
    assert {"index.html", "shop_year-keys.html", "headline-shares.html", "delivery-delivery.html"} <= set(pages)
    for page in pages.values():
        assert not re.search(r"<(link|script|img)[^>]*https?://", page)
        assert "<script>alert(1)</script>" not in page


def test_a_full_run_and_the_command(census: Census) -> None:
    """A hundred percent of the orders are over a month old: a warning, and published with pages about it."""
    census.lines("shops/a.csv", census.shop(1, "371721101201"))
    census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5))
    done = census.run("--checks", "full")
    assert "Warning: delivery: newest_order_is_recent" in done.out
    assert (census.warehouse / "current" / "docs" / "index.html").exists()
    told = census("checks", "--json")
    assert told.status == 0
    outcomes = {(one["suite"], one["check"]): one["outcome"] for one in map(json.loads, told.out.splitlines())}
    assert outcomes["village_status", "levels_agree"] == "passed"
    assert outcomes["delivery", "newest_order_is_recent"] == "failed"


def test_what_stops_is_not_published(census: Census, monkeypatch: pytest.MonkeyPatch) -> None:
    census.lines("shops/a.csv", census.shop(1, "371721101201"))
    census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5))

    def spoilt(*arguments: Any) -> dict[str, Fact]:
        found = facts(*arguments)
        found["keys"]["repeated"][0] = 7
        return found

    monkeypatch.setattr("flows.quality.expecting.facts", spoilt)
    done = census("run", "--checks", "full")
    assert done.status != 0 and "shop_year: keys_are_unique failed: rows by year, shop_id (7)" in done.err
    assert not (census.warehouse / "current").exists()
