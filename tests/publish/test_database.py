"""`census.duckdb` holds a view per table, opens read-only from anywhere, and shows the snapshot that it lies in. Contract 5."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow.parquet as pq
import pytest

from flows.schema import published_tables

if TYPE_CHECKING:
    from tests.conftest import Census


def ask(database: Path | str, query: str) -> list[tuple[object, ...]]:
    """The rows of a query, on the database opened read-only."""
    with duckdb.connect(str(database), read_only=True) as con:
        return con.execute(query).fetchall()


@pytest.fixture
def database(example: Census) -> Path:
    """The database of the current snapshot, by way of `current`."""
    return example.warehouse / "current" / "census.duckdb"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("table", list(published_tables()))
def test_a_view_counts_as_its_files(database: Path, elsewhere: Path, example: Census, table: str) -> None:
    current = example.warehouse / "current"
    found = [*current.glob(f"{table}/year=*/*.parquet"), *current.glob(f"{table}.parquet")]
    rows = sum(pq.read_metadata(file).num_rows for file in found)
    assert ask(database, f'select count(*) from "{table}"') == [(rows,)]


def test_it_opens_by_a_relative_path(database: Path, elsewhere: Path) -> None:
    assert ask(os.path.relpath(database), "select count(*) > 0 from headline") == [(True,)]


def test_it_opens_where_nothing_can_be_written(database: Path, elsewhere: Path) -> None:
    before = sorted(path.name for path in database.parent.iterdir())
    ask(database, "select count(*) from shop_year")
    assert sorted(path.name for path in database.parent.iterdir()) == before  # not even a log of changes


def test_many_readers_at_once(database: Path, elsewhere: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as one, duckdb.connect(str(database), read_only=True) as two:
        assert one.execute("select count(*) from headline").fetchall() == two.execute("select count(*) from headline").fetchall()


def test_types_are_those_of_the_files(database: Path, elsewhere: Path) -> None:
    described = {name: kind for name, kind, *_ in ask(database, "describe village_status")}
    assert described["village_code"] == "VARCHAR"
    assert described["sales"] == "DECIMAL(38,2)"
    assert described["year"] == "INTEGER"
    assert ask(database, "select distinct village_code from village_status where village = '丁楼村'") == [("371721101201",)]


def test_every_view_and_column_has_a_comment(database: Path, elsewhere: Path) -> None:
    assert ask(database, "select view_name from duckdb_views() where not internal and comment is null") == []
    assert ask(database, "select table_name, column_name from duckdb_columns() where not internal and comment is null") == []
    assert len(ask(database, "select view_name from duckdb_views() where not internal")) == len(published_tables())


def test_it_is_written_for_the_duckdb_of_bi_drivers(database: Path) -> None:
    # after the checksum (8 bytes) and the magic bytes "DUCK" comes the version of the storage: 64 to 67 up to DuckDB 1.x
    head = database.read_bytes()[:20]
    assert head[8:12] == b"DUCK"
    assert 64 <= int.from_bytes(head[12:20], "little") <= 67


def test_it_shows_its_own_snapshot_after_the_next_run(census: Census, elsewhere: Path) -> None:
    census.lines("shops/a.csv", census.shop(1))
    census.lines("transactions/a.csv", census.order(1, 1, "2019-01-01", 5))
    census.run()
    old = (census.warehouse / "current").resolve() / "census.duckdb"
    through_current = census.warehouse / "current" / "census.duckdb"
    with duckdb.connect(str(through_current), read_only=True) as reader:
        census.lines("transactions/b.csv", census.order(2, 1, "2019-01-01", 6))
        census.run()
        assert reader.execute("select sales from shop_year").fetchall() == [(5,)]  # opened before: its view stays
    assert ask(old, "select sales from shop_year") == [(5,)]
    assert ask(through_current, "select sales from shop_year") == [(11,)]


@pytest.mark.parametrize("name", ["a[1]*{b,c}", "year=2019", "shop_id=7 'a' \"b\" 新"])
def test_a_warehouse_of_any_name(census: Census, elsewhere: Path, name: str) -> None:
    census.lines("shops/a.csv", census.shop(3, "371721101201"))
    census.lines("transactions/a.csv", census.order(1, 3, "2018-01-01", 5), census.order(2, 3, "2019-01-01", 7))
    census.lines("villages/a.csv", "371721101201,2017,40,,", "371721101201,2019,50,,", "x,2018,1,,")
    census.lines("counties/a.csv", "371721,2018,900,")
    census.warehouse = census.folder / name / "warehouse"
    census.run("--accept", "quarantine")
    database = census.warehouse / "current" / "census.duckdb"
    assert ask(database, "select year, shop_id, sales from shop_year order by year") == [(2018, 3, 5), (2019, 3, 7)]
    query = "select year, households from village_status where rulebook = 'aliresearch' order by year"
    assert ask(database, query) == [(2018, 40), (2019, 50)]
    assert ask(database, 'select "table", line from quarantine') == [("villages", 4)]
    census.lines("transactions/b.csv", census.order(3, 3, "2019-01-01", 1))
    census.run()
    assert ask(database, "select sales from shop_year where year = 2019") == [(8,)]


def test_an_empty_census_has_empty_views(census: Census, elsewhere: Path) -> None:
    (census.folder / "figures.csv").write_text("year,metric,value,unit,source\n", encoding="utf-8")  # nothing to forecast
    census.run(published_figures=str(census.folder / "figures.csv"))
    for table in published_tables():
        rows = ask(census.warehouse / "current" / "census.duckdb", f'select count(*) from "{table}"')
        assert rows == [(1 if table == "run" else 0,)]


def test_a_copy_of_the_database_still_shows_the_tables(database: Path, elsewhere: Path) -> None:
    shutil.copy(database, elsewhere / "mine.duckdb")
    assert ask("mine.duckdb", "select count(*) > 0 from headline") == [(True,)]
