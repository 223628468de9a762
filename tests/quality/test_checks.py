"""Checks of the tables about to be published: tables that contradict themselves are not published. Contract 5.

The tables here hold one shop that is known and one that is not, in one village, and a listed place; each test spoils them
in one way.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from flows.engine import ROOT
from flows.quality import CheckFailed, check_tables
from flows.schema import SQL_TYPES, published_tables

if TYPE_CHECKING:
    from tests.conftest import Census

SOUND = """
create table years as select 2019 as year, date '2018-07-01' as first_day, date '2019-07-01' as end_day;
create table sales_months as select date '2019-05-01' as sales_month, 15::decimal(38, 2) as sales, 3 as transactions;
create table orphaned_years as select 2019 as year, 5::decimal(38, 2) as sales, 1::bigint as transactions;
create table lists as select 2019 as year, '丁楼村' as place from range(2);
insert into list_match by name
    select 2019 as year, '丁楼村' as place, '371721101201' as village_code, '371721101201' as village_id, true as "in_RULEBOOK";
insert into unplaced by name select 2019 as year, '大集镇' as address, 1 as shops, 10 as sales;
create table published_values as select 2019 as year, 'taobao_villages' as metric, '' as place, 'a paper' as source;
insert into headline by name select 2019 as year, 'b' as rulebook, 'taobao_villages' as metric, 1 as value;
insert into reconciliation by name
    select 2019 as year, 'b' as rulebook, 'taobao_villages' as metric, '' as place, 'a paper' as published_source,
           1 as census_value, 0 as difference, 'reproduced' as verdict;
insert into shop_year by name select 2019 as year, 1 as shop_id, 10 as sales, 2 as transactions;
insert into village_status by name
    select 2019 as year, 'b' as rulebook, '371721101201' as village_code, '371721101201' as village_id, '丁楼村' as village,
           10 as sales, 1 as shops, true as is_taobao_village, true as met_unit, true as met_sales;
insert into township_status by name
    select 2019 as year, 'b' as rulebook, '371721101' as township_code, '371721101' as township_id, '大集镇' as township;
insert into county_year by name
    select 2019 as year, 'b' as rulebook, '371721' as county_code, '37' as province_code, 10 as sales, 1 as taobao_villages;
insert into province_year by name
    select 2019 as year, 'b' as rulebook, '37' as province_code, 10 as sales, 1 as taobao_villages;
"""

SPOILT = {
    "every_figure_has_a_verdict": [
        "delete from reconciliation",
        "update reconciliation set published_source = 'another'",
        "insert into published_values select 2018, 'taobao_villages', '', 'a paper'",
        "insert into headline by name select 2019 as year, 'c' as rulebook, 'jobs' as metric",
        "update reconciliation set verdict = 'right'",
        "update reconciliation set verdict = 'not_reproducible'",
        "update reconciliation set reason = 'forecast'",
        "update reconciliation set census_value = null, difference = null",
        "update reconciliation set difference = null",
    ],
    "every_listed_place_is_matched": [
        "delete from list_match",
        "insert into lists values (2018, '丁楼村')",
        "insert into list_match by name select 2018 as year, '丁楼村' as place",
        "update list_match set village_id = null",
        "update list_match set village_code = null",
    ],
    "every_order_is_counted_once": [
        "update shop_year set sales = 9.99",
        "update shop_year set transactions = 3",
        "delete from shop_year",
        "insert into shop_year by name select 2019 as year, 3 as shop_id, 1 as sales, 1 as transactions",
        "delete from orphaned_years",  # the unknown shop's orders are lost
        "insert into sales_months values (date '2018-07-01', 1, 1)",
        "update sales_months set sales = null",
    ],
    "levels_agree": [
        "update province_year set sales = 10.01",
        "update county_year set taobao_villages = 2",
        "delete from province_year",
        "delete from county_year",
        "update county_year set province_code = '33'",
        "update county_year set rulebook = 'c'",
    ],
    "status_follows_criteria": [
        "update village_status set met_unit = false",
        "update village_status set shops = 0",
    ],
    "unplaced_sales_add_up": [
        "update unplaced set sales = 10.01",
        "update unplaced set shops = 2",
        "delete from unplaced",
        "insert into unplaced by name select 2018 as year, '' as address, 1 as shops, 0 as sales",
        "update shop_year set village_code = '371721101201'",
    ],
    "villages_have_names": [
        "update village_status set village = null",
        "update village_status set village_id = null",
        "update township_status set township_id = null",
    ],
}


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose tables are sound."""
    with duckdb.connect() as connection:
        for table in published_tables().values():
            columns = ", ".join(f'"{column.name}" {SQL_TYPES[column.type]}' for column in table.columns)
            connection.execute(f'create table "{table.name}" ({columns})')
        connection.execute(SOUND)
        yield connection


def test_sound_tables_pass_every_check(con: duckdb.DuckDBPyConnection) -> None:
    # two checks of each table's key, and a check a file
    assert check_tables(con, published_tables()) == 2 * len(published_tables()) + len(SPOILT)


@pytest.mark.parametrize(("name", "spoil"), [(name, spoil) for name, spoils in SPOILT.items() for spoil in spoils])
def test_spoilt_tables_fail_the_check(con: duckdb.DuckDBPyConnection, name: str, spoil: str) -> None:
    con.execute(spoil)
    with pytest.raises(CheckFailed, match=name):
        check_tables(con, published_tables())


def test_every_check_is_shown_to_fail() -> None:
    assert {path.stem for path in (ROOT / "sql" / "quality").glob("*.sql")} == set(SPOILT)


@pytest.mark.parametrize("table", list(published_tables()))
def test_a_key_that_is_null_or_occurs_twice_fails(con: duckdb.DuckDBPyConnection, table: str) -> None:
    key = published_tables()[table].key
    types = {column.name: SQL_TYPES[column.type] for column in published_tables()[table].columns}
    values = [f"'1'::{types[name]} as \"{name}\"" for name in key]
    con.execute(f'delete from "{table}"')
    for _ in range(2):
        con.execute(f'insert into "{table}" by name select {", ".join(values)}')
    with pytest.raises(CheckFailed, match=f"{table}: 1 keys occur more than once"):
        check_tables(con, published_tables())
    con.execute(f'delete from "{table}"')
    con.execute(f'insert into "{table}" by name select null as "{key[-1]}"')
    with pytest.raises(CheckFailed, match=f"{table}: 1 rows without a key"):
        check_tables(con, published_tables())


def test_every_failure_is_told_at_once(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("update province_year set sales = 11; update village_status set village = null, met_unit = false")
    with pytest.raises(CheckFailed) as failure:
        check_tables(con, published_tables())
    assert all(name in str(failure.value) for name in ("levels_agree", "villages_have_names", "status_follows_criteria"))


def test_tables_that_fail_are_not_published(census: Census, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    census.lines("shops/a.csv", census.shop(1))
    census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5))
    census.run()
    before = census.current()
    (tmp_path / "sql" / "quality").mkdir(parents=True)
    (tmp_path / "sql" / "quality" / "no_shop_sells.sql").write_text("select shop_id from shop_year")
    monkeypatch.setattr("flows.quality.checks.ROOT", tmp_path)  # another folder of checks, with one that must fail
    census.lines("transactions/b.csv", census.order(2, 1, "2019-05-01", 6))
    done = census("run")
    assert done.status == 1
    assert "no_shop_sells: 1 rows, such as (1,)" in done.err
    assert census.current() == before
    monkeypatch.undo()
    census.run()
    assert [int(row["sales"]) for row in census.published("shop_year")] == [11]
