"""Deliveries: the same bytes for the same seed, what real ones look like, and a small world that the census finds as planned."""

from __future__ import annotations

import filecmp
import gzip
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from flows.census import Request, take_census
from flows.cli import cli
from flows.engine import ROOT, connect, execute_folder
from flows.places import locate_addresses
from flows.settings import Settings, load_settings
from flows.simulate import Preset, RequestError, simulate
from flows.simulate.deliver import deliver
from flows.simulate.geography import load_places
from flows.simulate.world import Village, settle_world
from flows.steps import shown_nowhere

REFERENCE = ROOT / "data" / "reference"
SMALL = Preset("article", 300_000, range(2009, 2015))


def settings(folder: Path, raw: Path, threads: int = 2) -> Settings:
    """A census of its own under the one rulebook that figures are planned for."""
    rulebooks = folder / "rulebooks"
    rulebooks.mkdir(parents=True, exist_ok=True)
    (rulebooks / "aliresearch.toml").write_bytes((ROOT / "rulebooks" / "aliresearch.toml").read_bytes())
    return load_settings(
        raw=raw,
        warehouse=folder / "warehouse",
        rulebooks=rulebooks,
        lead_rulebook="aliresearch",
        threads=threads,
        memory_limit="2GiB",
    )


def headline(warehouse: Path) -> dict[tuple[int, str], tuple[float, float | None]]:
    """The figures of the current snapshot and the published ones, by year and metric."""
    rows = pq.read_table(warehouse / "current" / "headline.parquet").to_pylist()
    return {(row["year"], row["metric"]): (row["value"], row["published_value"]) for row in rows}


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """The first six years of the article in as few orders as a test has time for."""
    output = tmp_path_factory.mktemp("small") / "raw"
    simulate(settings(output.parent, output), SMALL, output)
    return output


# ---------------------------------------------------------------- bytes
def files(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(small, tmp_path):
    simulate(settings(tmp_path, tmp_path / "raw", threads=1), SMALL, tmp_path / "raw")
    assert files(small).keys() == files(tmp_path / "raw").keys()
    assert not [name for name, path in files(tmp_path / "raw").items() if not filecmp.cmp(path, small / name, shallow=False)]


@pytest.mark.slow
def test_another_seed_gives_other_shops_and_orders(small, tmp_path):
    raw = tmp_path / "raw"
    simulate(settings(tmp_path, raw), Preset(**{**vars(SMALL), "seed": 2}), raw)
    for name in ("shops/register-2014.csv", "transactions/2014/orders-2014-06.csv", "villages/villages-2014.csv"):
        assert not filecmp.cmp(raw / name, small / name, shallow=False)
    assert filecmp.cmp(raw / "lists" / "taobao-villages-2014.csv", small / "lists" / "taobao-villages-2014.csv", shallow=False)


# ---------------------------------------------------------------- what real deliveries look like
def lines(path: Path) -> list[str]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return content.decode("gb18030" if "-10." in path.name else "utf-8").splitlines()


@pytest.mark.slow
def test_months_come_in_the_formats_of_those_who_deliver(small):
    year = small / "transactions" / "2014"
    assert len(list(year.glob("orders-*"))) == 12
    assert lines(year / "orders-2014-06.csv")[0] == "transaction_id,shop_id,paid_at,amount,refunded_amount,status,updated_at"
    assert lines(year / "orders-2013-10.csv")[0] == "订单编号,店铺编号,付款时间,金额,退款金额,订单状态,更新时间"
    assert any("交易成功" in line for line in lines(year / "orders-2013-10.csv"))
    assert lines(year / "orders-2014-02.csv.gz")[0].startswith("transaction_id,")
    assert pq.read_schema(year / "orders-2013-09.parquet").names[0] == "transaction_id"


@pytest.mark.slow
def test_orders_of_a_month_are_paid_in_it_in_order(small):
    paid = [paid for line in lines(small / "transactions" / "2014" / "orders-2014-05.csv")[1:] if (paid := line.split(",")[2])]
    assert paid == sorted(paid)
    assert {moment[:7] for moment in paid} == {"2014-05"}


@pytest.mark.slow
def test_late_updates_refund_close_and_finish_orders_of_the_month_before(small):
    first = {line.split(",")[0]: line.split(",") for line in lines(small / "transactions" / "2014" / "orders-2013-11.csv")[1:]}
    later = [line.split(",") for line in lines(small / "transactions" / "2014" / "updates-2013-12.csv")[1:]]
    assert later
    assert all(first[row[0]][5] == "WAIT_BUYER_CONFIRM_GOODS" and first[row[0]][6] < row[6] for row in later)
    closed = [row for row in later if row[5] == "TRADE_CLOSED"]
    assert closed and all(row[3] == row[4] for row in closed)
    assert any(Decimal(0) < Decimal(row[4]) < Decimal(row[3]) for row in later)


@pytest.mark.slow
def test_a_correction_takes_a_tenth_of_an_amount_that_was_wrong(small):
    first = {line.split(",")[0]: line.split(",") for line in lines(small / "transactions" / "2014" / "orders-2014-04.csv")[1:]}
    corrected = [line.split(",") for line in lines(small / "transactions" / "resent" / "orders-2014-04-corrected.csv")[1:]]
    assert corrected
    assert all(Decimal(first[row[0]][3]) == 10 * Decimal(row[3]) and first[row[0]][6] < row[6] for row in corrected)


@pytest.mark.slow
def test_one_file_comes_twice(small):
    assert filecmp.cmp(
        small / "transactions" / "resent" / "orders-2008-07 (1).csv",
        small / "transactions" / "2009" / "orders-2008-07.csv",
        shallow=False,
    )


@pytest.mark.slow
def test_addresses_in_words_mean_the_villages_whose_codes_their_neighbours_give(small, tmp_path):
    """Every address in words resolves to a village, and to one that the plan has."""
    shops = [line.split(",") for path in (small / "shops").iterdir() for line in lines(path)[1:]]
    words = {address for row in shops for address in row[5:8] if address and not address.isdecimal()}
    planned = {line.split(",")[0]: line for path in (small / "villages").iterdir() for line in lines(path)[1:]}
    assert len(words) > 50
    with connect("2GiB", 2, tmp_path) as con:
        locate_addresses(con, REFERENCE, words, tells=False)
        codes = {
            code
            for (code,) in con.execute(
                "select distinct code from resolved_addresses where edition between 2016 and 2020"
            ).fetchall()
        }
    assert codes <= planned.keys()
    assert len(codes) == len(words)


# ---------------------------------------------------------------- through the census
@pytest.mark.slow
def test_the_census_of_the_first_years_gives_the_published_counts(small, tmp_path):
    chosen = settings(tmp_path, small)
    outcome = take_census(chosen, Request())
    assert outcome.published
    figures = headline(chosen.warehouse)
    assert [figures[year, "taobao_villages"][0] for year in SMALL.years] == [3, 5, 8, 14, 20, 212]
    counts = ("taobao_villages", "taobao_towns", "provinces", "counties")
    compared = {key: values for key, values in figures.items() if key[1] in counts and values[1] is not None}
    assert len(compared) == 9
    assert not {key: values for key, values in compared.items() if values[0] != values[1]}
    assert figures[2014, "active_shops"] == (70_400, 70_000)  # published: over 70,000


TOWNSHIP = "371721103"  # of 曹县, the same in all editions


def hand_written(line: dict[str, int]) -> list[Village]:
    """Five villages in two years. `a`, `c` and `e` have the status in 2018: the township is a town by three of them. In 2019 `a`
    has a shop too few; the township is a town by its own 488 shops."""

    def village(name: str, households: int, shops: tuple[int, int], million: int) -> Village:
        return Village(
            line[name], households, dict(zip((2018, 2019), shops, strict=True)), dict.fromkeys((2018, 2019), million * 1e6)
        )

    return [
        village("a", 2000, (100, 99), 20),
        village("b", 2000, (99, 99), 20),  # a shop too few, 4.95 % of the households
        village("c", 400, (40, 40), 20),  # a tenth of the households
        village("d", 2000, (150, 150), 5),  # sells too little
        village("e", 2000, (100, 100), 20),
    ]


@pytest.mark.slow
def test_a_small_world_has_the_villages_and_towns_that_were_planned(tmp_path):
    raw, years = tmp_path / "raw", range(2018, 2020)
    with connect("2GiB", 2, tmp_path) as con:
        execute_folder(con, "simulate/macros")
        load_places(con, REFERENCE, {})
        rows = con.execute(
            "select number from seated_lines where code_2016[1:9] = $1 and code_2020[1:9] = $1 order by number limit 5",
            [TOWNSHIP],
        ).fetchall()
        villages = hand_written(dict(zip("abcde", (number for (number,) in rows), strict=True)))
        world = settle_world(villages, years, 489 * 3 + 488 * 3 + 600, years)
        told = deliver(con, world, {}, raw, "csv", 7, shown_nowhere)
    assert told.orders == 489 * 3 + 488 * 3 + 600
    chosen = settings(tmp_path, raw)
    take_census(chosen, Request())
    figures = headline(chosen.warehouse)
    made = {year: {metric: value for (y, metric), (value, _) in figures.items() if y == year} for year in years}
    assert [made[year]["taobao_villages"] for year in years] == [3, 2]
    assert [made[year]["taobao_towns"] for year in years] == [1, 1]
    assert [made[year]["active_shops"] for year in years] == [489, 488]
    assert made[2018]["village_and_town_sales"] == pytest.approx(85e6, rel=0.02)
    basis = duckdb.sql(
        f"select year, basis from read_parquet('{chosen.warehouse}/current/township_status/*/*.parquet') where is_taobao_town"
    )
    assert sorted(basis.fetchall()) == [(2018, "villages"), (2019, "sales")]


# ---------------------------------------------------------------- the command
@pytest.mark.slow
def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "raw").mkdir()
    kept = tmp_path / "raw" / "mine.txt"
    kept.write_text("mine")
    with pytest.raises(RequestError, match="is not empty: choose another folder, or --force"):
        simulate(settings(tmp_path, tmp_path / "raw"), SMALL, tmp_path / "raw")
    simulate(
        settings(tmp_path, tmp_path / "raw"),
        Preset("villages", 500, range(2019, 2020), villages=3, shops=30),
        tmp_path / "raw",
        force=True,
    )
    assert kept.read_text() == "mine"
    assert (tmp_path / "raw" / "shops" / "register-2019.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["article", "--years", "2008-2020"], "years from 2009 to 2020"),
        (["article", "--years", "2020-2009"], "write years as 2009-2020"),
        (["article", "--seed", "-1"], "a seed from 0 to 999,999"),
        pytest.param(
            ["article", "--years", "2009", "--orders", "100"],
            "100 orders are too few: the shops of this plan need 7,5",
            marks=pytest.mark.slow,
        ),
        (["villages", "--villages", "9", "--shops", "8"], "at least one village, and a shop in each"),
    ],
)
def test_what_cannot_be_made_is_bad_usage(tmp_path, arguments, told):
    done = CliRunner().invoke(cli, ["simulate", *arguments, "--output", str(tmp_path / "raw")])
    assert done.exit_code != 0
    assert told in done.output + str(done.exception)
    assert not (tmp_path / "raw").exists()


def test_the_command_tells_what_it_wrote_and_what_to_type_next(tmp_path):
    raw = tmp_path / "raw"
    arguments = ["simulate", "villages", "--villages=20", "--shops=300", "--orders=5000", "--years=2018-2019", "--format=parquet"]
    done = CliRunner().invoke(cli, [*arguments, f"--output={raw}"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "Orders: 5,000, " in done.output
    assert f"census run --raw {raw} --warehouse {raw}-warehouse" in done.output
    rows = duckdb.sql(
        f"select count(distinct transaction_id), count(distinct shop_id) from read_parquet('{raw}/transactions/*/orders-*.parquet')"
    )
    assert rows.fetchall()[0][0] == 5000
    assert not list((raw).rglob("*.csv"))


def test_without_output_it_writes_where_a_run_looks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CENSUS_RAW", "deliveries")
    arguments = ["simulate", "villages", "--villages=2", "--shops=3", "--orders=50", "--years=2019"]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.output.endswith("Next:    census run\n")
    assert (tmp_path / "deliveries" / "shops" / "register-2019.csv").exists()
