"""`datapackage.json` describes all of a snapshot, by the Data Package standard. Contract 5."""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.schema import published_tables

if TYPE_CHECKING:
    from tests.conftest import Census


@pytest.fixture
def folder(example: Census) -> Path:
    """The current snapshot."""
    return (example.warehouse / "current").resolve()


@pytest.fixture
def package(folder: Path) -> dict[str, Any]:
    """Its description."""
    described: dict[str, Any] = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return described


def invalid(folder: Path) -> dict[str, list[str]]:
    """What a validator finds wrong, by resource: with the description, and with every row of every file.

    The rows are read here: the validator's own reader gives whole numbers with nulls among them as floats.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the validator's own
        import frictionless

        package = frictionless.Package(str(folder / "datapackage.json"))  # raises where the description is wrong
        found = {}
        for resource in package.resources:
            rows = pq.ParquetFile(folder / str(resource.path)).read().to_pylist()
            report = frictionless.Resource(data=rows, schema=resource.schema).validate() if rows else None
            errors = [error.message for task in report.tasks for error in task.errors] if report else []
            assert report is None or [task.stats["rows"] for task in report.tasks] == [len(rows)]
            if errors:
                found[resource.name] = errors
    return found


def test_a_validator_finds_it_right_and_the_data_with_it(folder: Path) -> None:
    assert invalid(folder) == {}


def test_a_validator_notices_a_wrong_table(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    table = pq.read_table(copy / "village_history.parquet")
    pq.write_table(pa.concat_tables([table, table]), copy / "village_history.parquet")
    assert "primary key" in str(invalid(copy)["village-history"])
    table = pq.read_table(copy / "headline.parquet")
    pq.write_table(table.set_column(0, "year", pa.array(["x"] * table.num_rows)), copy / "headline.parquet")
    assert set(invalid(copy)) == {"village-history", "headline"}


def test_every_file_is_a_resource(folder: Path, package: dict[str, Any]) -> None:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet") if "_state" not in path.parts}
    assert sorted(resource["path"] for resource in package["resources"]) == sorted(there)


def test_names_are_unique_and_well_formed(package: dict[str, Any]) -> None:
    names = [resource["name"] for resource in package["resources"]]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").replace(".", "").isalnum() and name == name.lower() for name in names)


# Whole numbers that may be null: readers by way of pandas have them as floats, so they are told as numbers.
NULLABLE = {
    ("village_status", "households"),
    ("county_year", "population"),
    ("source_file", "rows"),
    ("source_file", "accepted"),
    ("source_file", "quarantined"),
    ("forecast", "first_year"),
    ("forecast", "years"),
    ("backtest", "first_year"),
    ("backtest", "years"),
}


def test_fields_are_the_files_columns(folder: Path, package: dict[str, Any]) -> None:
    kinds = {
        pa.string(): "string",
        pa.bool_(): "boolean",
        pa.date32(): "date",
        pa.float64(): "number",
        pa.timestamp("us"): "datetime",
    }
    for resource in package["resources"]:
        schema = pq.read_schema(folder / resource["path"])
        told = [(field["name"], field["type"]) for field in resource["schema"]["fields"]]
        want = []
        for f in schema:
            is_number = pa.types.is_decimal(f.type) or (resource["table"], f.name) in NULLABLE
            want.append((f.name, "number" if is_number else "integer" if pa.types.is_integer(f.type) else kinds[f.type]))
        assert told == want, resource["path"]
        assert all(len(field["description"]) > 5 for field in resource["schema"]["fields"])


def test_keys_are_the_tables(package: dict[str, Any]) -> None:
    keys = {resource["table"]: resource["schema"]["primaryKey"] for resource in package["resources"]}
    assert keys["village_status"] == ["year", "rulebook", "village_code"]
    assert keys["shop_year"] == ["year", "shop_id"]
    assert set(keys) == set(published_tables())


def test_an_empty_census_is_a_package_too(census: Census) -> None:
    census.run()
    assert invalid((census.warehouse / "current").resolve()) == {}
