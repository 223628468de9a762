"""Writes what a world delivers.

A register of shops a year, orders and their later versions month by month, villages, counties, lists. The same world and seed
give the same bytes, whatever the number of threads.
"""

from __future__ import annotations

import codecs
import csv
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb

from flows.engine import create_table, execute, identifier, set_variables, statement
from flows.simulate.draws import draw, shared_out
from flows.simulate.geography import Lists, insert_columns
from flows.simulate.world import Cohort, World, cohort_years
from flows.steps import Showing

Format = Literal["csv", "parquet"]
FOLDERS = ("shops", "transactions", "villages", "counties", "lists")

MOST_SHOPS, MOST_ORDERS_A_SHOP = 10**8, 10**5
"""Of a world, and of a shop in a month: what an order's id has room for."""
_MONTHS = {7: 7, 8: 7, 9: 8, 10: 8, 11: 14, 12: 11, 1: 7, 2: 5, 3: 7, 4: 8, 5: 9, 6: 9}
"""Orders beyond the base by month, in percent: most in November, fewest in February."""
_OPTIONS = {
    "csv": "format csv, header true",
    "csv.gz": "format csv, header true, compression gzip",
    "parquet": "format parquet, compression zstd, row_group_size 122880",
}
_CHINESE = {
    "transaction_id": "订单编号", "shop_id": "店铺编号", "paid_at": "付款时间", "amount": "金额", "refunded_amount": "退款金额",
    "status": "订单状态", "updated_at": "更新时间",
}  # fmt: skip


@dataclass
class Delivered:
    """What was written."""

    files: int = 0
    bytes: int = 0
    shops: int = 0
    orders: int = 0
    later_versions: int = 0
    corrections: int = 0


@dataclass(frozen=True)
class _Writer:
    """Writes files of a folder, whole or not at all, and counts them."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    told: Delivered

    def copy(self, query: str, name: str, form: str, values: Mapping[str, Any] | None = None) -> int:
        """Writes the rows of a query; returns their number. `name` lies below the folder and has no ending."""
        ending = "csv" if form == "gb18030" else form
        with self.whole(f"{name}.{ending}") as path:
            if form == "gb18030":
                columns = ", ".join(f"{identifier(column)} as {identifier(header)}" for column, header in _CHINESE.items())
                query = f"select {columns} from (select * replace (status_in_chinese(status) as status) from ({query}))"
            rows = self.con.execute(
                f"copy ({query}) to $path ({_OPTIONS[ending]})", {**(values or {}), "path": str(path)}
            ).fetchall()[0][0]
            if form == "gb18030":
                _encode(path)
        return int(rows)

    def rows(self, header: list[str], rows: list[list[Any]], name: str) -> None:
        """Writes a small CSV file."""
        with self.whole(f"{name}.csv") as path, path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *rows])

    @contextmanager
    def whole(self, name: str) -> Iterator[Path]:
        """A path to write a file to, which gets its name once it is whole."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        yield part
        self.told.files += 1
        self.told.bytes += part.stat().st_size
        part.replace(path)


def deliver(
    con: duckdb.DuckDBPyConnection, world: World, lists: Lists, output: Path, form: Format, seed: int, showing: Showing
) -> Delivered:
    """Writes a world into a folder. The connection has seated_lines, all_divisions and the macros of `sql/simulate`."""
    told = Delivered()
    writer = _Writer(con, output, told)
    _load(con, world)
    first = world.years[0]
    for year, places in sorted(lists.items()):
        if year in world.years:
            writer.rows(["year", "place"], [[year, place] for place in places], f"lists/taobao-villages-{year}")
    for year in world.years:
        with showing(f"simulate {year}"):
            writer.copy(statement("simulate/village_facts"), f"villages/villages-{year}", form, {"year": year})
            if year in world.populations:
                writer.copy(statement("simulate/county_facts"), f"counties/counties-{year}", form, {"year": year})
            values = {"year": year, "first_year": first, "seed": seed}
            told.shops += writer.copy(statement("simulate/shop_versions"), f"shops/register-{year}", form, values)
            _write_orders(writer, world, year, form, seed)
    if form == "csv":
        _resend(writer, first)
    return told


def remove_delivered(output: Path) -> None:
    """Removes the folders that a delivery consists of."""
    for folder in FOLDERS:
        shutil.rmtree(output / folder, ignore_errors=True)


def _load(con: duckdb.DuckDBPyConnection, world: World) -> None:
    create_table(con, "simulated_years", {"year": "integer"})
    insert_columns(con, "simulated_years", [(year,) for year in world.years])
    create_table(con, "world_villages", {"line": "integer", "households": "bigint"})
    insert_columns(con, "world_villages", [(village.line, village.households) for village in world.villages])
    create_table(con, "county_populations", {"year": "integer", "county_code": "varchar", "population": "bigint"})
    rows = [(year, code, n) for year, counties in world.populations.items() for code, n in counties.items()]
    insert_columns(con, "county_populations", rows)
    create_table(con, "cohorts", {"cohort": "integer", "line": "integer", "first_position": "bigint", "shops": "bigint",
                                  "first_year": "integer", "last_year": "integer", "kind": "varchar"})  # fmt: skip
    insert_columns(con, "cohorts", list(_positioned(world.cohorts)))
    create_table(con, "cohort_years", {"cohort": "integer", "year": "integer", "weight_before": "bigint", "weight": "bigint",
                                       "mean_fen": "bigint"})  # fmt: skip
    insert_columns(con, "cohort_years", [(c.cohort, c.year, c.weight_before, c.weight, c.mean_fen) for c in cohort_years(world)])
    execute(con, "simulate/village_years")
    execute(con, "simulate/village_words")


def _positioned(cohorts: list[Cohort]) -> Iterator[tuple[int, int, int, int, int, int, str]]:
    position = 1
    for at, cohort in enumerate(cohorts):
        yield at, cohort.line, position, cohort.shops, cohort.first_year, cohort.last_year, cohort.kind
        position += cohort.shops


def _write_orders(writer: _Writer, world: World, year: int, form: Format, seed: int) -> None:
    """The twelve months of a statistical year; later versions come in the month after."""
    con, told = writer.con, writer.told
    execute(con, "simulate/year_shops", year=year)
    execute(con, "simulate/month_orders")
    whole = con.execute("select coalesce(max(weight_to), 0) from year_shops").fetchall()[0][0]
    further = shared_out(world.further[year], {f"{month:02}": float(weight) for month, weight in _MONTHS.items()})
    for slot, month in enumerate(_MONTHS):
        calendar_year = year - (month >= 7)
        start, end = _seconds(calendar_year, month), _seconds(calendar_year + month // 12, month % 12 + 1)
        number = calendar_year * 100 + month
        set_variables(
            con, month=number, slot=slot, start=start, seconds=end - start, seed=seed,
            rate=further[f"{month:02}"] / max(1.0, whole), turn=0.25 + draw(seed, "turn", number) / 2,
        )  # fmt: skip
        name = f"{calendar_year}-{month:02}"
        told.orders += writer.copy(
            statement("simulate/first_versions"), f"transactions/{year}/orders-{name}", _form(form, year, month)
        )
        after = f"{calendar_year + month // 12}-{month % 12 + 1:02}"
        told.later_versions += writer.copy(statement("simulate/later_versions"), f"transactions/{year}/updates-{after}", form)
        if slot == 9:
            told.corrections += writer.copy(
                statement("simulate/corrected_versions"), f"transactions/resent/orders-{name}-corrected", form
            )


def _form(form: Format, year: int, month: int) -> str:
    """The format of a month's file: mostly the one asked for; of CSV, some as others send it."""
    if form == "parquet":
        return form
    if month == 10 and year <= 2017:
        return "gb18030"
    return {2: "csv.gz", 9: "parquet"}.get(month, "csv")


def _resend(writer: _Writer, year: int) -> None:
    """One file comes a second time, under another name."""
    name = f"orders-{year - 1}-07.csv"
    with writer.whole(f"transactions/resent/{name.removesuffix('.csv')} (1).csv") as path:
        shutil.copyfile(writer.folder / "transactions" / str(year) / name, path)


def _encode(path: Path) -> None:
    """Turns a file from UTF-8 into GB18030."""
    encoded = path.with_name(path.name + ".gb.part")
    with path.open("rb") as source, encoded.open("wb") as target:
        decoder = codecs.getincrementaldecoder("utf-8")()
        while block := source.read(1 << 22):
            target.write(decoder.decode(block).encode("gb18030"))
    encoded.replace(path)


def _seconds(year: int, month: int) -> int:
    """From the epoch to the first moment of a month, on the clock of Shanghai."""
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp())
