"""Published tables as Parquet files. Contract 5, beginning."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from tests.conftest import Census

TEXT, COUNT, YEAR, BOOL = pa.string(), pa.int64(), pa.int32(), pa.bool_()
DAY, MOMENT, SHARE, SUM = pa.date32(), pa.timestamp("us"), pa.float64(), pa.decimal128(38, 2)

# The contract's columns, in its order, under the shipped rulebooks; `reconciliation`, `unplaced` and `forecast_series` are
# added. Columns may be added behind them, never renamed.
COLUMNS: dict[str, list[tuple[str, pa.DataType]]] = {
    "shop_year": [
        ("year", YEAR), ("shop_id", COUNT), ("platform", TEXT), ("shop_type", TEXT), ("village_code", TEXT),
        ("township_code", TEXT), ("county_code", TEXT), ("province_code", TEXT), ("placed_by", TEXT), ("opened_on", DAY),
        ("closed_on", DAY), ("household_id", TEXT), ("sales", SUM), ("transactions", COUNT), ("transactions_last_3_months", COUNT),
    ],
    "village_status": [
        ("year", YEAR), ("rulebook", TEXT), ("village_code", TEXT), ("village_id", TEXT), ("village", TEXT),
        ("township_code", TEXT), ("township", TEXT), ("county_code", TEXT), ("county", TEXT), ("province_code", TEXT),
        ("province", TEXT), ("unit_type", TEXT), ("sales", SUM), ("transactions", COUNT), ("shops", COUNT),
        ("active_shops", COUNT), ("ecommerce_households", COUNT), ("households", COUNT), ("household_share", SHARE),
        ("is_taobao_village", BOOL), ("met_unit", BOOL), ("met_sales", BOOL), ("met_shops", BOOL), ("met_households", BOOL),
        ("change", TEXT), ("is_provisional", BOOL),
    ],
    "township_status": [
        ("year", YEAR), ("rulebook", TEXT), ("township_code", TEXT), ("township_id", TEXT), ("township", TEXT),
        ("county_code", TEXT), ("county", TEXT), ("province_code", TEXT), ("province", TEXT), ("taobao_villages", COUNT),
        ("sales", SUM), ("transactions", COUNT), ("active_shops", COUNT), ("is_taobao_town", BOOL), ("basis", TEXT),
        ("change", TEXT), ("is_provisional", BOOL),
    ],
    "county_year": [
        ("year", YEAR), ("rulebook", TEXT), ("county_code", TEXT), ("county", TEXT), ("province_code", TEXT),
        ("province", TEXT), ("taobao_villages", COUNT), ("taobao_towns", COUNT), ("sales", SUM), ("transactions", COUNT),
        ("active_shops", COUNT), ("population", COUNT), ("cluster_tier", TEXT),
    ],
    "province_year": [
        ("year", YEAR), ("rulebook", TEXT), ("province_code", TEXT), ("province", TEXT), ("taobao_villages", COUNT),
        ("taobao_towns", COUNT), ("sales", SUM), ("transactions", COUNT), ("active_shops", COUNT),
    ],
    "headline": [
        ("year", YEAR), ("rulebook", TEXT), ("metric", TEXT), ("value", SHARE), ("unit", TEXT), ("published_value", SHARE),
        ("published_source", TEXT), ("is_provisional", BOOL),
    ],
    "reconciliation": [
        ("year", YEAR), ("rulebook", TEXT), ("metric", TEXT), ("place", TEXT), ("published_source", TEXT),
        ("published_value", SHARE), ("published_unit", TEXT), ("census_value", SHARE), ("difference", SHARE), ("verdict", TEXT),
        ("reason", TEXT), ("compared_as", TEXT), ("ratio", SHARE), ("is_disputed", BOOL), ("note", TEXT),
    ],
    "village_history": [
        ("rulebook", TEXT), ("village_id", TEXT), ("first_year", YEAR), ("last_year", YEAR), ("years", COUNT), ("spells", COUNT),
    ],
    "list_match": [
        ("year", YEAR), ("place", TEXT), ("village_code", TEXT), ("village_id", TEXT),
        ("in_aliresearch", BOOL), ("in_article", BOOL), ("in_zhejiang", BOOL),
    ],
    "unplaced": [
        ("year", YEAR), ("address", TEXT), ("township_code", TEXT), ("township", TEXT), ("county_code", TEXT), ("county", TEXT),
        ("province_code", TEXT), ("province", TEXT), ("shops", COUNT), ("sales", SUM),
    ],
    "forecast": [
        ("rulebook", TEXT), ("series", TEXT), ("model", TEXT), ("year", YEAR), ("value", SHARE), ("lower", SHARE), ("upper", SHARE),
    ],
    "backtest": [
        ("rulebook", TEXT), ("series", TEXT), ("model", TEXT), ("origin_year", YEAR), ("year", YEAR), ("value", SHARE),
        ("lower", SHARE), ("upper", SHARE), ("actual", SHARE), ("is_within", BOOL), ("scaled_error", SHARE),
    ],
    "forecast_series": [
        ("rulebook", TEXT), ("series", TEXT), ("year", YEAR), ("value", SHARE),
    ],
    "quarantine": [
        ("table", TEXT), ("path", TEXT), ("sha256", TEXT), ("line", COUNT), ("raw", TEXT), ("reasons", TEXT),
    ],
    "source_file": [
        ("table", TEXT), ("path", TEXT), ("sha256", TEXT), ("bytes", COUNT), ("rows", COUNT), ("accepted", COUNT),
        ("quarantined", COUNT), ("held_reason", TEXT), ("encoding", TEXT), ("unknown_columns", TEXT), ("duplicate_of", TEXT),
    ],
}  # fmt: skip
KEYS = {
    "shop_year": 2,
    "village_status": 3,
    "township_status": 3,
    "county_year": 3,
    "province_year": 3,
    "headline": 3,
    "reconciliation": 5,
    "village_history": 2,
    "list_match": 2,
    "unplaced": 2,
    "forecast": 4,
    "backtest": 5,
    "forecast_series": 3,
    "quarantine": 4,
    "source_file": 2,
}
"""How many leading columns are the key; quarantine's holds the path before the hash, which adds nothing."""
BY_YEAR = ("shop_year", "village_status", "township_status", "county_year", "province_year")


def files(census: Census, table: str) -> list[Path]:
    """The files of a table of the current snapshot."""
    current = census.warehouse / "current"
    return sorted(current.glob(f"{table}/year=*/*.parquet")) if table in BY_YEAR else [current / f"{table}.parquet"]


def all_files(census: Census) -> list[Path]:
    """Every Parquet file of the current snapshot but those of its state."""
    current = census.warehouse / "current"
    return [path for path in current.resolve().rglob("*.parquet") if "_state" not in path.parts]


@pytest.mark.parametrize("table", list(COLUMNS))
class TestEveryTable:
    def test_columns_and_types(self, example: Census, table: str) -> None:
        for file in files(example, table):
            schema = pq.read_schema(file)
            assert [(f.name, f.type) for f in schema][: len(COLUMNS[table])] == COLUMNS[table]

    def test_it_has_rows(self, example: Census, table: str) -> None:
        assert sum(pq.read_metadata(file).num_rows for file in files(example, table)) > 0

    def test_rows_are_sorted_by_the_key_which_is_unique(self, example: Census, table: str) -> None:
        names = [name for name, _ in COLUMNS[table]][: KEYS[table]]
        for file in files(example, table):
            rows = pq.ParquetFile(file).read(names).to_pylist()
            keys = [tuple(row[name].encode() if isinstance(row[name], str) else row[name] for name in names) for row in rows]
            assert all(a < b for a, b in itertools.pairwise(keys))


class TestFiles:
    def test_year_tables_are_folders_and_hold_the_year_too(self, example: Census) -> None:
        for table in BY_YEAR:
            found = files(example, table)
            # orders lie in 2018, 2019 and 2021; a village that lost its status makes 2020 a year of status tables only
            want = {2018, 2019, 2021} | ({2020} if table == "village_status" else set())
            assert {int(file.parent.name.removeprefix("year=")) for file in found} == want
            for file in found:
                years = set(pq.ParquetFile(file).read(["year"])["year"].to_pylist())
                assert years == {int(file.parent.name.removeprefix("year="))}

    def test_nothing_else_lies_in_a_snapshot(self, example: Census) -> None:
        current = (example.warehouse / "current").resolve()
        single = {f"{table}.parquet" for table in COLUMNS if table not in BY_YEAR} | {"run.parquet"}
        there = {path.name for path in current.iterdir()}
        assert {*single, *BY_YEAR, "_state", "census.duckdb", "datapackage.json"} <= there
        assert not [name for name in there if name.endswith((".tmp", ".new"))]

    def test_everything_is_zstd(self, example: Census) -> None:
        for file in all_files(example):
            data = pq.read_metadata(file)
            groups = [data.row_group(i) for i in range(data.num_row_groups)]
            assert {group.column(i).compression for group in groups for i in range(group.num_columns)} <= {"ZSTD"}, file

    def test_no_nested_types(self, example: Census) -> None:
        for file in all_files(example):
            assert not [field.name for field in pq.read_schema(file) if pa.types.is_nested(field.type)], file

    def test_every_column_has_a_comment_in_the_files_metadata(self, example: Census) -> None:
        for file in all_files(example):
            told = pq.read_metadata(file).metadata
            for field in pq.read_schema(file):
                assert len(told[f"comment.{field.name}".encode()].decode()) > 5
                assert field.metadata[b"comment"]

    def test_readers_that_know_no_arrow_agree(self, example: Census) -> None:
        import duckdb

        for table in COLUMNS:
            for file in files(example, table):
                count = duckdb.execute("select count(*) from read_parquet($1)", [str(file.resolve())]).fetchall()
                assert count == [(pq.read_metadata(file).num_rows,)]


class TestAnEmptyCensus:
    def test_tables_are_there_with_their_columns(self, census: Census) -> None:
        census.shipped_rulebooks().run()
        for table in (name for name in COLUMNS if name not in BY_YEAR):
            schema = pq.read_schema(census.warehouse / "current" / f"{table}.parquet")
            assert [(f.name, f.type) for f in schema][: len(COLUMNS[table])] == COLUMNS[table]

    def test_an_order_of_an_unknown_shop_makes_a_year_of_headlines_only(self, census: Census) -> None:
        census.lines("transactions/a.csv", census.order(1, 1, "2019-01-01", 5))
        census.run("--accept", "orphans")
        assert [census.published(table) for table in BY_YEAR] == [[]] * 5
        assert {row["year"] for row in census.published("headline")} == {2019}


class TestIdenticalBytes:
    """Byte-identical for identical inputs: in another warehouse, in other runs, under other names, with more threads."""

    def test_in_another_warehouse(self, example: Census, new_census: Callable[[], Any]) -> None:
        other = new_census().shipped_rulebooks()
        for file in example.raw.rglob("*"):
            if file.is_file():
                other.deliver(file.relative_to(example.raw).as_posix(), file.read_bytes())
        other.run("--accept", "quarantine", threads="2", memory_limit="2GiB")
        assert other.tables() == example.tables()
        assert other.published("source_file") == example.published("source_file")

    def test_however_the_rows_were_split(self, example: Census, new_census: Callable[[], Any]) -> None:
        other = new_census().shipped_rulebooks()
        for file in example.raw.rglob("*.csv"):
            path = file.relative_to(example.raw).as_posix()
            if "copy" in path or "b" in file.stem:
                continue
            header, *lines = file.read_text(encoding="utf-8").splitlines()
            for i in range(2):
                text = "\n".join([header, *reversed(lines[i::2])]) + "\n"
                other.deliver(path.replace(".csv", f"-{i}.csv"), text)
        other.deliver("transactions/b.jsonl", (example.raw / "transactions/b.jsonl").read_bytes())
        other.run()
        apart = {"quarantine.parquet"}
        mine, theirs = ({k: v for k, v in one.tables().items() if k not in apart} for one in (example, other))
        assert mine == theirs
