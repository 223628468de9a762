"""Builds what divisions were called, and which codes counties had, before the editions: from the county code history.

    python data/reference/build_other_names.py [--out data/reference]

Two sources: `county-code-history.csv` (every code and name of a county or prefecture since 1981, followed to the codes that
it became) and `other-names.csv` (names that a person has looked at, each with where it comes from). What comes out:

- `other_names.parquet`: `code`, `name`; one row per division that stands in an edition of `divisions.parquet` and name that it
  also goes by in addresses;
- `former_codes.parquet`: `code`, `new_code`; one row per county code that stands in no edition, and the one code of the oldest
  edition that it became. A county that was divided has none.

Contract, section 2 (Addresses).
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
_DIRECTLY = "直辖"  # in the place of a prefecture: the county lies directly under its province


class BuildError(Exception):
    """A name is of no division that stands in any edition."""


class Named(NamedTuple):
    """A row of the county code history: a code, its prefecture's name and its own, and the codes that it became."""

    code: str
    prefecture: str
    name: str
    became: tuple[str, ...]


def read_history(path: Path) -> Iterator[Named]:
    """Read the county code history: counties (6 digits) and prefectures (4 digits), each period of each."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["级别"] == "省级":
                continue
            became = [code for code in row["新代码"].split(";") if code]
            whole = tuple(code for code in became if "[" not in code)  # a year in brackets: when a part of it left
            county = row["级别"] == "县级"
            parts = tuple(re.sub(r"\[\d+\]", "", code) for code in became) if county and not whole else ()
            left = row["状态"] != "在用"
            prefecture = "" if row["二级行政区"] == _DIRECTLY else row["二级行政区"]
            yield Named(row["代码"] if county else row["代码"][:4], prefecture, row["名称"], (whole or parts) if left else ())


def follow(code: str, became: Mapping[str, set[str]], standing: Collection[str]) -> set[str]:
    """Give the standing codes that a code is or became, over any number of steps."""
    reached, waiting = set(), [code]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting.extend(became[one])
    return {one for one in reached if one in standing}


def former_names(history: Iterable[Named], standing: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Give (code, name) for every former name of a standing county or prefecture, also after its former prefecture."""
    rows = list(history)
    became: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        became[row.code].update(row.became)
    names: set[tuple[str, str]] = set()
    for row in rows:
        for code in follow(row.code, became, standing):
            told = {row.name}
            if len(code) == len("110101") and row.prefecture and row.prefecture not in standing.get(code[:4], set()):
                told.add(row.prefecture + row.name)
            names.update((code, name) for name in told - standing[code])
    return names


def former_codes(history: Iterable[Named], standing: Collection[str], oldest: Collection[str]) -> set[tuple[str, str]]:
    """Give (code, new code) for every county code that stands in no edition and became one code of the oldest."""
    became: dict[str, set[str]] = defaultdict(set)
    for row in history:
        became[row.code].update(row.became)
    counties = {code for code in became if len(code) == len("110101")} - set(standing)
    return {(code, *new) for code in counties if len(new := follow(code, became, oldest)) == 1}


def read_reviewed(path: Path, standing: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Read (code, name) from `other-names.csv`. Raise BuildError for a code that stands in no edition."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if wrong := [f"{row['code']} {row['name']}" for row in rows if row["code"] not in standing or not row["source"]]:
        raise BuildError(f"{path}: of no edition, or without a source: {', '.join(wrong)}")
    if known := [f"{row['code']} {row['name']}" for row in rows if row["name"] in standing[row["code"]]]:
        raise BuildError(f"{path}: already the published name: {', '.join(known)}")
    return {(row["code"], row["name"]) for row in rows}


def read_standing(path: Path) -> dict[str, set[str]]:
    """Read the names of every code of `divisions.parquet`."""
    table = pq.read_table(path, columns=["code", "name"])
    standing: dict[str, set[str]] = defaultdict(set)
    for code, name in zip(table["code"].to_pylist(), table["name"].to_pylist(), strict=True):
        standing[code].add(name)
    return dict(standing)


def read_oldest(path: Path) -> set[str]:
    """Read the codes of the oldest edition of `divisions.parquet`."""
    table = pq.read_table(path, columns=["code", "first_edition"])
    editions = table["first_edition"].to_pylist()
    oldest = min(editions)
    return {code for code, edition in zip(table["code"].to_pylist(), editions, strict=True) if edition == oldest}


def _write(columns: tuple[str, str], rows: set[tuple[str, str]], path: Path) -> None:
    schema = pa.schema([pa.field(name, pa.string(), nullable=False) for name in columns])
    first, second = zip(*sorted(rows), strict=True)
    part = path.with_name(path.name + ".part")
    pq.write_table(pa.table([first, second], schema=schema), part, compression="zstd", compression_level=19)
    part.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """Build both tables, and print how many rows came from where."""
    parser = argparse.ArgumentParser(description="Builds other_names.parquet and former_codes.parquet.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    options = parser.parse_args(arguments)
    standing = read_standing(HERE / "divisions.parquet")
    try:
        history = list(read_history(HERE / "county-code-history.csv"))
        former = former_names(history, standing)
        reviewed = read_reviewed(HERE / "other-names.csv", standing)
    except BuildError as error:
        print(error, file=sys.stderr)  # noqa: T201 (a script)
        return 1
    codes = former_codes(history, standing, read_oldest(HERE / "divisions.parquet"))
    _write(("code", "name"), former | reviewed, options.out / "other_names.parquet")
    _write(("code", "new_code"), codes, options.out / "former_codes.parquet")
    print(f"{len(former):,} former names, {len(reviewed):,} reviewed names, {len(codes):,} former codes")  # noqa: T201 (a script)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
