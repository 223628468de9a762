"""The benchmark's own scripts on a few orders: their sums against a plain fold, and the harness with them."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

BENCH = Path(__file__).parent
ORDERS = 20_000
COUNTING = {
    "WAIT_SELLER_SEND_GOODS",
    "SELLER_CONSIGNED_PART",
    "WAIT_BUYER_CONFIRM_GOODS",
    "TRADE_BUYER_SIGNED",
    "TRADE_FINISHED",
    "PAID_FORBID_CONSIGN",
}

# Stands in for `census`: publishes, as shop_year, the Parquet file that it is given.
STAND_IN = """
import pathlib, shutil, sys
published, run, _, raw, _, warehouse, _, limit = sys.argv[1:]
folder = pathlib.Path(warehouse, "current", "shop_year", "year=2019")
folder.mkdir(parents=True, exist_ok=True)
shutil.copy(published, folder / "data_0.parquet")
"""

Sums = dict[tuple[int, str | None], tuple[Decimal, int]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def raw(data: Path) -> Path:
    return Path(_run("generate.py", f"--orders={ORDERS}", f"--data={data}").stdout.strip())


@pytest.fixture(scope="module")
def script_sums(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Sums:
    out = tmp_path_factory.mktemp("script")
    _run("script.py", str(raw), str(out))
    return _read_sums(out / "shop_month.parquet", "sales", "transactions")


def test_data_are_as_described(raw: Path) -> None:
    rows = list(_rows(raw, "transactions"))
    versions = Counter(row["transaction_id"] for row in rows)
    known = {row["shop_id"] for row in _rows(raw, "shops")}
    orphaned = sum(row["shop_id"] not in known for row in rows)
    assert len(rows) == ORDERS
    assert len(rows) - len(versions) == ORDERS * 8 // 100
    assert len({(row["transaction_id"], row["updated_at"]) for row in rows}) == ORDERS
    assert 0 < orphaned < ORDERS * 3 // 1000
    assert len(list(raw.glob("transactions/orders-2019-*.csv"))) == 12


def test_floor_sums_every_row(raw: Path, tmp_path: Path) -> None:
    _run("floor.py", str(raw), str(tmp_path))
    assert _read_sums(tmp_path / "shop_month.parquet", "amount", "n_rows") == _fold_all(raw)


def test_script_sums_current_sales(raw: Path, script_sums: Sums) -> None:
    assert script_sums == _fold_current(raw)


def test_spoiled_rows_are_left_out(tmp_path: Path) -> None:
    made = _run("generate.py", "--orders=5000", "--bad-share=0.02", f"--data={tmp_path}")
    spoiled = Path(made.stdout.strip())
    out = tmp_path / "out"
    out.mkdir()
    _run("script.py", str(spoiled), str(out), "--ignore-errors")
    assert 50 < 5000 - len(list(_rows(spoiled, "transactions"))) < 200
    assert _read_sums(out / "shop_month.parquet", "sales", "transactions") == _fold_current(spoiled)


@pytest.mark.parametrize("too_much", [Decimal(0), Decimal("0.01")])
def test_harness_accepts_equal_sums_alone(data: Path, raw: Path, script_sums: Sums, tmp_path: Path, too_much: Decimal) -> None:
    published = tmp_path / "shop_year.parquet"
    _publish(script_sums, {row["shop_id"] for row in _rows(raw, "shops")}, too_much, published)
    stand_in = tmp_path / "census.py"
    stand_in.write_text(STAND_IN, encoding="utf-8")
    census = f"'{sys.executable}' '{stand_in}' '{published}'"
    arguments = ["--runs=1", f"--orders={ORDERS}", f"--data={data}", f"--census={census}"]
    ended = _run("run.py", *arguments, "--only", "script", "census", check=False)
    if too_much:
        assert ended.returncode == 1
        assert '"sales_differ": 1,' in ended.stderr
    else:
        assert ended.returncode == 0, ended.stderr
        assert "Sums agree to the fen" in ended.stdout


def _run(name: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCH / name), *arguments]
    return subprocess.run(command, check=check, capture_output=True, text=True)


def _rows(raw: Path, folder: str) -> Iterator[dict[str, str]]:
    """The rows of a folder's files, without those that are spoiled."""
    for path in sorted((raw / folder).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                is_whole = None not in row and None not in row.values()
                if is_whole and row.get("amount") not in ("n/a", "12.9.0"):
                    yield row


def _fold_all(raw: Path) -> Sums:
    sums: Sums = defaultdict(lambda: (Decimal(0), 0))
    for row in _rows(raw, "transactions"):
        _add(sums, row, Decimal(row["amount"]))
    return dict(sums)


def _fold_current(raw: Path) -> Sums:
    current: dict[str, dict[str, str]] = {}
    for row in _rows(raw, "transactions"):
        had = current.get(row["transaction_id"])
        if had is None or row["updated_at"] > had["updated_at"]:
            current[row["transaction_id"]] = row
    sums: Sums = defaultdict(lambda: (Decimal(0), 0))
    for row in current.values():
        if row["status"] in COUNTING:
            _add(sums, row, Decimal(row["amount"]) - Decimal(row["refunded_amount"] or 0))
    return dict(sums)


def _add(sums: Sums, row: dict[str, str], amount: Decimal) -> None:
    key = int(row["shop_id"]), row["paid_at"][:7] or None
    total, count = sums[key]
    sums[key] = total + amount, count + 1


def _read_sums(path: Path, amount: str, count: str) -> Sums:
    query = f"select shop_id, strftime(paid_month, '%Y-%m'), {amount}, {count} from read_parquet($path)"
    with duckdb.connect() as con:
        rows = con.execute(query, {"path": str(path)}).fetchall()
    return {(shop, month): (total, n) for shop, month, total, n in rows}


def _publish(sums: Sums, known: set[str], too_much: Decimal, path: Path) -> None:
    years: Sums = defaultdict(lambda: (Decimal(0), 0))
    for (shop, month), (sales, n) in sums.items():
        assert month is not None
        if str(shop) in known:
            key = shop, str(int(month[:4]) + (month[5:] >= "07"))
            years[key] = years[key][0] + sales, years[key][1] + n
    shop, year = min(years)
    years[shop, year] = years[shop, year][0] + too_much, years[shop, year][1]
    rows = [(int(year or 0), shop, sales, n) for (shop, year), (sales, n) in years.items()]
    with duckdb.connect() as con:
        con.execute("create table t (year int, shop_id bigint, sales decimal(38, 2), transactions bigint)")
        con.executemany("insert into t values (?, ?, ?, ?)", rows)
        con.execute("copy t to $path (format parquet)", {"path": str(path)})
