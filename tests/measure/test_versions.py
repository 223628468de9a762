"""Which version of an order and of a shop counts. Contract 1, "Which version wins"; contract 3, sales and transactions.

The current version of an order is the greatest by (updated_at, paid_at, shop_id, amount, refunded_amount, status), nulls
lowest, text by code point; it replaces every other version wholly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import measure, places
from flows.engine import connect
from flows.intake import OrderContent, OrderFiles
from flows.rules import Calendar

if TYPE_CHECKING:
    from tests.conftest import Read, Reader

COUNTING = ("TRADE_FINISHED", "WAIT_SELLER_SEND_GOODS", "PAID_FORBID_CONSIGN")
LATEST = datetime(2022, 1, 1)


class Version(NamedTuple):
    """A version of an order, as texts of a CSV line; a finished order of shop 1 unless told otherwise."""

    transaction_id: int = 1
    shop_id: int = 1
    paid_at: str = "2019-01-01 00:00:00"
    amount: str = "5.00"
    refunded_amount: str = ""
    status: str = "TRADE_FINISHED"
    updated_at: str = "2019-02-01 00:00:00"


class Shop(NamedTuple):
    """A version of a shop."""

    shop_id: int = 1
    platform: str = "taobao"
    shop_type: str = "individual"
    opened_on: str = "2010-01-01"
    closed_on: str = ""
    registered_address: str = ""
    ship_from_address: str = ""
    receive_address: str = ""
    household_id: str = ""
    recorded_at: str = "2015-01-01 00:00:00"


Months = dict[tuple[int, date], tuple[Decimal, int]]


@dataclass(frozen=True)
class Folded:
    """What a fold gives: (sales, transactions) by shop and month, its totals, and the shops of each statistical year."""

    months: Months
    orders: measure.Orders
    shops: list[dict[str, object]]

    def sales(self) -> dict[tuple[int, int, int], int]:
        """Sales in whole yuan by shop, year and month."""
        return {(shop, month.year, month.month): int(sales) for (shop, month), (sales, _) in self.months.items()}


def take_in(reader: Reader, table: str, rows: Sequence[Version] | Sequence[Shop]) -> Read:
    """Reads a file of rows that break no rule."""
    read = reader.csv(table, *(",".join(map(str, row)) for row in rows))
    assert read.reasons == {}
    return read


def order_files(read: Iterable[Read]) -> OrderFiles:
    """The orders of files that were read, each content once."""
    return OrderFiles.of({one.segment.name: order_content(one) for one in read}.values())


def order_content(read: Read) -> OrderContent:
    """The orders of a file that was read."""
    rows, months = sorted(read.folder.glob("rows-*.parquet")), read.folder / "months.parquet"
    segment = read.segment
    return OrderContent(segment.name, tuple(rows), months if months.exists() else None, segment.accepted or 0, segment.newest)


def months_of(con: duckdb.DuckDBPyConnection) -> Months:
    """What month_changes adds up to."""
    sums = "select shop_id, sales_month, sum(sales), sum(transactions)::bigint from month_changes group by all"
    return {(shop, month): (sales, count) for shop, month, sales, count in con.execute(sums).fetchall() if count}


def fold(reader: Reader, files: Iterable[Sequence[Version]], shops: Iterable[Sequence[Shop]] = ()) -> Folded:
    """Reads files of versions into segments and folds them."""
    read = [take_in(reader, "transactions", rows) for rows in files]
    rows = [file for some in shops for file in take_in(reader, "shops", some).folder.glob("rows-*.parquet")]
    with connect("1GiB", 1, reader.folder) as con:
        live = order_files(read)
        measure.open_records(con, {"shops": rows})
        for _, steps in measure.Fold(con, live, None, None, 2**30, reader.folder / "fold").steps():
            for _, step in steps:
                step()
        measure.open_base(con, None, None)
        orders = measure.weigh_orders(con, live, LATEST)
        told = months_of(con)
        places.load_reference(con, _reference(reader.folder))
        measure.measure_years(con, Calendar({}))
        result = con.execute("select * from shop_year_versions order by year, shop_id")
        names = [column[0] for column in result.description or ()]
        years = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return Folded(told, orders, years)


def _reference(folder: Path) -> Path:
    """A pair of reference tables with one place."""
    path = folder / "reference"
    if not path.exists():
        path.mkdir()
        edition = pa.array([2018], pa.int32())
        pq.write_table(
            pa.table({"code": ["37"], "name": ["山东省"], "first_edition": edition, "last_edition": edition}),
            path / "divisions.parquet",
        )
        columns = {
            "edition": pa.array([], pa.int32()),
            "old_code": pa.array([], pa.string()),
            "new_code": pa.array([], pa.string()),
        }
        pq.write_table(pa.table(columns), path / "successions.parquet")
    return path


ONE = Version()
# another version of the same order, and what its shop's months then are: (shop, year, month): yuan
TIES: dict[str, tuple[Version, dict[tuple[int, int, int], int]]] = {
    "an older update": (ONE._replace(updated_at="2019-01-31 23:59:59.999999", amount="9.00"), {(1, 2019, 1): 5}),
    "a newer update": (ONE._replace(updated_at="2019-02-01 00:00:00.000001", amount="1.00"), {(1, 2019, 1): 1}),
    "paid earlier": (ONE._replace(paid_at="2018-12-31 23:59:59", amount="9.00"), {(1, 2019, 1): 5}),
    "paid later": (ONE._replace(paid_at="2019-01-01 00:00:01", amount="1.00"), {(1, 2019, 1): 1}),
    "never paid: null is lowest": (ONE._replace(paid_at="", status="TRADE_CLOSED", amount="9.00"), {(1, 2019, 1): 5}),
    "a smaller shop": (ONE._replace(shop_id=0 + 1, amount="4.00"), {(1, 2019, 1): 5}),
    "a greater shop, before amounts are compared": (ONE._replace(shop_id=2, amount="1.00"), {(2, 2019, 1): 1}),
    "shops are numbers": (ONE._replace(shop_id=10, amount="1.00"), {(10, 2019, 1): 1}),
    "a smaller amount": (ONE._replace(amount="4.99", refunded_amount="0.99"), {(1, 2019, 1): 5}),
    "a greater amount, before refunds are compared": (ONE._replace(amount="6.00", refunded_amount="4.00"), {(1, 2019, 1): 2}),
    "amounts are numbers": (ONE._replace(amount="10.00"), {(1, 2019, 1): 10}),
    "a greater refund": (ONE._replace(refunded_amount="3.00"), {(1, 2019, 1): 2}),
    "a refund of nothing is as none": (ONE._replace(refunded_amount="0.00"), {(1, 2019, 1): 5}),
    "a smaller status": (ONE._replace(status="TRADE_CLOSED"), {(1, 2019, 1): 5}),  # C < F
    "a greater status that does not count": (ONE._replace(status="WAIT_BUYER_PAY"), {}),  # W > T
    "a greater status that counts": (ONE._replace(status="WAIT_SELLER_SEND_GOODS"), {(1, 2019, 1): 5}),
    "the same again": (ONE, {(1, 2019, 1): 5}),
}


class TestOrders:
    @pytest.mark.parametrize("layout", ["one, other", "other, one", "one | other", "other, one | one"])
    def test_the_greatest_version_counts_whatever_the_order_and_the_files(self, reader: Reader, layout: str) -> None:
        # every case has an order and shops of its own: case i the shops from 100 i on
        files: list[list[Version]] = [[] for _ in layout.split("|")]
        for i, (other, _) in enumerate(TIES.values(), 1):
            both = {"one": ONE, "other": other}
            for file, words in zip(files, layout.split("|"), strict=True):
                rows = (both[word.strip()] for word in words.split(","))
                file += [row._replace(transaction_id=i, shop_id=100 * i + row.shop_id) for row in rows]
        sales = fold(reader, files).sales()
        found = {
            name: {(shop % 100, year, month): yuan for (shop, year, month), yuan in sales.items() if shop // 100 == i}
            for i, name in enumerate(TIES, 1)
        }
        assert found == {name: want for name, (_, want) in TIES.items()}

    def test_it_replaces_the_other_in_another_month_shop_or_altogether(self, reader: Reader) -> None:
        months = [[ONE, ONE._replace(updated_at="2019-03-01", paid_at="2019-02-28 23:59:59")]]
        assert fold(reader, months).sales() == {(1, 2019, 2): 5}
        to_another_shop = [[ONE, ONE._replace(updated_at="2019-03-01", shop_id=2)]]
        assert fold(reader, to_another_shop).sales() == {(2, 2019, 1): 5}
        closed = [[ONE, ONE._replace(updated_at="2019-03-01", status="TRADE_CLOSED", paid_at="")]]
        assert fold(reader, closed).months == {}
        finished_after_all = [[*closed[0], ONE._replace(updated_at="2019-04-01", status="TRADE_BUYER_SIGNED")]]
        assert fold(reader, finished_after_all).sales() == {(1, 2019, 1): 5}

    def test_sales_are_amounts_less_refunds_and_an_order_counts_also_when_all_is_refunded(self, reader: Reader) -> None:
        rows = [Version(1), Version(2, amount="7.50", refunded_amount="7.50"), Version(3, amount="0.01"), Version(4, amount="0")]
        assert fold(reader, [rows]).months == {(1, date(2019, 1, 1)): (Decimal("5.01"), 4)}  # 5 + 0 + 0.01 + 0; four orders

    def test_a_month_ends_with_its_last_microsecond(self, reader: Reader) -> None:
        rows = [Version(1, paid_at="2019-01-31 23:59:59.999999"), Version(2, paid_at="2019-02-01")]
        assert fold(reader, [rows]).sales() == {(1, 2019, 1): 5, (1, 2019, 2): 5}

    def test_statuses_that_count(self, reader: Reader) -> None:
        counting = [
            "WAIT_SELLER_SEND_GOODS", "SELLER_CONSIGNED_PART", "WAIT_BUYER_CONFIRM_GOODS", "TRADE_BUYER_SIGNED", "TRADE_FINISHED",
            "PAID_FORBID_CONSIGN",
        ]  # fmt: skip
        others = [
            "WAIT_BUYER_PAY", "PAY_PENDING", "WAIT_PRE_AUTH_CONFIRM", "TRADE_NO_CREATE_PAY", "TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO",
        ]  # fmt: skip
        rows = [Version(i, shop_id=i, status=status) for i, status in enumerate(counting + others, 1)]
        assert {shop for shop, _ in fold(reader, [rows]).months} == {1, 2, 3, 4, 5, 6}

    def test_sums_are_exact_beyond_what_a_double_holds(self, reader: Reader) -> None:
        # 9,999 orders of 9,999,999,999,999,999.99 and one of 0.01: 9,999 * 10**16 - 99.99 + 0.01
        rows = [Version(i, amount="9999999999999999.99") for i in range(1, 10_000)] + [Version(10_000, amount="0.01")]
        want = Decimal(9_999 * 10**16) - Decimal("99.98")
        assert fold(reader, [rows]).months == {(1, date(2019, 1, 1)): (want, 10_000)}

    def test_totals(self, reader: Reader) -> None:
        rows = [
            Version(1, shop_id=1, amount="90.00"),
            Version(2, shop_id=2, amount="10.00", refunded_amount="4.00"),
            Version(3, shop_id=3, paid_at="2005-01-01"),  # whatever the year
            Version(4, shop_id=4, status="WAIT_BUYER_PAY", updated_at="2020-01-01"),
        ]
        orders = fold(reader, [rows], [[Shop(1)]]).orders
        assert (orders.sales, orders.orphaned_sales, orders.orphaned_shops) == (101, 11, 2)  # 90 + 6 + 5; 6 + 5
        assert orders.newest_update == datetime(2020, 1, 1)

    def test_what_is_dated_in_the_future(self, reader: Reader) -> None:
        rows = [
            Version(1, updated_at="2022-01-01"),  # not over
            Version(2, updated_at="2022-01-01 00:00:00.000001"),
            Version(2, updated_at="2030-01-01"),  # one order, not two
            Version(3, status="WAIT_BUYER_PAY", updated_at="2030-01-01"),
            Version(4, updated_at="2021-01-01", paid_at="2030-01-01"),  # only updated_at is looked at
        ]
        shops = [
            Shop(1, recorded_at="2022-01-01"),
            Shop(2, recorded_at="2022-01-01 00:00:00.000001"),
            Shop(3, recorded_at="2030-01-01"),
            Shop(3, recorded_at="2015-01-01"),
        ]
        orders = fold(reader, [rows], [shops]).orders
        assert (orders.future_orders, orders.future_shops) == (2, 2)

    def test_nothing_at_all(self, reader: Reader) -> None:
        folded = fold(reader, [])
        assert (folded.months, folded.shops) == ({}, [])
        told = (folded.orders.sales, folded.orders.orphaned_sales, folded.orders.future_orders, folded.orders.newest_update)
        assert told == (0, 0, 0, None)


# of two versions of a shop of one moment: the column in which they differ, the lesser and the greater value
GREATER = [
    ("platform", "taobao", "tmall"),
    ("platform", "1688", "aliexpress"),  # by code point
    ("shop_type", "enterprise", "individual"),
    ("opened_on", "2009-12-31", "2010-01-01"),
    ("closed_on", "", "2018-01-01"),  # nulls lowest
    ("closed_on", "2018-01-01", "2018-01-02"),
    ("registered_address", "", "371721"),
    ("ship_from_address", "371721101", "371721101201"),
    ("receive_address", "371721101201", "丁楼村"),
    ("receive_address", "丁楼村", "张庄村"),  # U+4E01 < U+5F20
    ("household_id", "H10", "H9"),
    ("household_id", "H", "h"),
]


def text_of(value: object) -> object:
    """A value as the tests spell it."""
    return value.isoformat() if isinstance(value, date) else value


class TestShops:
    def versions(self, reader: Reader, *shops: Shop, years: Iterable[int] = (2019,)) -> list[dict[str, object]]:
        """The rows of shop_year_versions of shops with an order in each year: the same in whatever order they come."""
        told = {(shop.shop_id, year) for shop in shops for year in years}
        orders = [[Version(10_000 * shop + year, shop, f"{year}-05-01") for shop, year in sorted(told)]]
        first = fold(reader, orders, [shops]).shops
        assert fold(reader, orders, [shops[::-2], shops[-2::-2]] if len(shops) > 1 else [shops]).shops == first
        return first

    def test_of_versions_of_one_moment_the_greatest(self, reader: Reader) -> None:
        pairs = [(Shop(i), name, values) for i, (name, *values) in enumerate(GREATER, 1)]
        rows = self.versions(reader, *(shop._replace(**{name: value}) for shop, name, values in pairs for value in values))
        assert [(name, text_of(row[name])) for row, (name, *_) in zip(rows, GREATER, strict=True)] == [
            (name, greater) for name, _, greater in GREATER
        ]

    def test_columns_are_compared_in_their_order(self, reader: Reader) -> None:
        low = Shop(0, "taobao", "enterprise", "2010-01-01", "2018-01-01", "371", "371", "371", "H1")._asdict()
        high = Shop(0, "tmall", "individual", "2010-01-02", "2018-01-02", "372", "372", "372", "H2")._asdict()
        names = list(low)[1:-1]
        shops = []
        for i in range(len(names) - 1):  # one is greater in column i, the other in all that follow
            shops.append(Shop(**low | {names[i]: high[names[i]], "shop_id": i + 1}))
            shops.append(Shop(**low | {name: high[name] for name in names[i + 1 :]} | {"shop_id": i + 1}))
        rows = self.versions(reader, *shops)
        assert [text_of(row[name]) for row, name in zip(rows, names, strict=False)] == [high[name] for name in names[:-1]]

    def test_the_newest_at_the_years_end_else_the_oldest(self, reader: Reader) -> None:
        rows = self.versions(
            reader,
            Shop(household_id="a", recorded_at="2018-03-01"),
            Shop(household_id="b", recorded_at="2019-06-30 23:59:59.999999"),
            Shop(household_id="c", recorded_at="2019-07-01"),
            Shop(household_id="d", recorded_at="2019-08-01"),
            years=range(2016, 2022),
        )
        told = [(row["year"], row["household_id"]) for row in rows]
        assert told == [(2016, "a"), (2017, "a"), (2018, "a"), (2019, "b"), (2020, "d"), (2021, "d")]

    def test_a_newer_version_replaces_the_older_wholly(self, reader: Reader) -> None:
        older = Shop(closed_on="2018-01-01", household_id="H1", registered_address="371721")
        (row,) = self.versions(reader, older, Shop(recorded_at="2016-01-01"))
        assert (row["closed_on"], row["household_id"], row["registered_address"]) == (None, None, None)

    def test_a_shop_without_orders_has_no_row_and_an_unknown_one_neither(self, reader: Reader) -> None:
        assert fold(reader, [[Version(1, shop_id=1)]], [[Shop(2)]]).shops == []


# ---------------------------------------------------------------- any order, split, repetition
statuses = st.sampled_from([*COUNTING, "TRADE_CLOSED", "WAIT_BUYER_PAY"])


@st.composite
def versions(draw: st.DrawFn) -> Version:
    """A version that breaks no rule; values are few, so that ties are many."""
    status = draw(statuses)
    paid = draw(st.sampled_from(["2019-01-01", "2019-01-31 23:59:59.999999", "2019-02-01 00:00:00", "2020-07-01 10:00:00"]))
    amount = draw(st.sampled_from(["1.00", "2.00", "2.50", "10"]))
    return Version(
        draw(st.integers(1, 4)),
        draw(st.integers(1, 3)),
        draw(st.sampled_from([paid, ""])) if status not in COUNTING else paid,
        amount,
        draw(st.sampled_from(["", "0.00", "1.00", amount])),
        status,
        draw(st.sampled_from(["2020-08-01", "2020-08-01 00:00:00.5", "2020-08-02 00:00:00"])),
    )


def by_hand(rows: Iterable[Version]) -> Months:
    """The contract's rule as a plain fold."""

    def key(row: Version) -> tuple[object, ...]:
        refund = Decimal(row.refunded_amount or 0)
        moments = [datetime.fromisoformat(text.ljust(len(text) + 5, "0") if text[-2:-1] == "." else text) if text else datetime.min
                   for text in (row.updated_at, row.paid_at)]  # fmt: skip
        return (*moments, row.shop_id, Decimal(row.amount), refund, row.status.encode())

    current: dict[int, Version] = {}
    for row in rows:
        if row.transaction_id not in current or key(row) > key(current[row.transaction_id]):
            current[row.transaction_id] = row
    months: dict[tuple[int, date], list[Decimal]] = defaultdict(list)
    for row in current.values():
        if row.status in COUNTING:
            month = date.fromisoformat(row.paid_at[:10]).replace(day=1)
            months[row.shop_id, month].append(Decimal(row.amount) - Decimal(row.refunded_amount or 0))
    return {key: (sum(sales, Decimal(0)), len(sales)) for key, sales in months.items()}


class TestAnySplit:
    """The result never depends on how records were split into files, in which order they came, how often each came."""

    @settings(max_examples=25)
    @given(rows=st.lists(versions(), min_size=1, max_size=14), data=st.data())
    def test_gives_what_a_plain_fold_gives(self, reader: Reader, rows: list[Version], data: st.DataObject) -> None:
        again = data.draw(st.lists(st.sampled_from(rows), max_size=6))
        order = data.draw(st.permutations(rows + again))
        cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=3)))
        files = [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True) if a < b]
        assert fold(reader, files).months == by_hand(rows)

    @settings(max_examples=10)
    @given(rows=st.lists(versions(), min_size=1, max_size=10), pad=st.integers(1_000, 1_100))
    def test_also_among_a_thousand_other_orders(self, reader: Reader, rows: list[Version], pad: int) -> None:
        others = [
            Version(100 + i, shop_id=9, paid_at="2019-01-01 00:00:00", updated_at="2020-08-01 00:00:00") for i in range(pad)
        ]
        folded = fold(reader, [others[:500] + rows + others[500:], others[:10]])
        assert folded.months == by_hand(rows) | {(9, date(2019, 1, 1)): (Decimal(5 * pad), pad)}

    @settings(max_examples=15)
    @given(
        shops=st.lists(
            st.builds(
                lambda platform, closed, household, recorded: Shop(
                    platform=platform, closed_on=closed, household_id=household, recorded_at=recorded
                ),
                st.sampled_from(["taobao", "tmall", "1688"]),
                st.sampled_from(["", "2018-01-01", "2019-01-01"]),
                st.sampled_from(["", "a", "B", "é", "户"]),
                st.sampled_from(["2018-01-01 00:00:00", "2019-06-30 23:59:59.999999", "2019-07-01 00:00:00"]),
            ),
            min_size=1,
            max_size=8,
        ),
        data=st.data(),
    )
    def test_of_a_shops_versions_gives_the_same_shop(self, reader: Reader, shops: list[Shop], data: st.DataObject) -> None:
        order, cut = data.draw(st.permutations(shops)), data.draw(st.integers(0, len(shops)))
        orders = [[Version(year, paid_at=f"{year}-05-01") for year in (2018, 2019, 2020)]]
        folded = fold(reader, orders, [part for part in (order[:cut], order[cut:]) if part])
        for row in folded.shops:
            end = f"{row['year']}-07-01 00:00:00"
            known = [shop for shop in shops if shop.recorded_at < end] or [
                s for s in shops if s.recorded_at == min(t.recorded_at for t in shops)
            ]
            want = max(known, key=lambda shop: (shop.recorded_at, shop.platform, shop.closed_on, shop.household_id.encode()))
            closed = row["closed_on"].isoformat() if isinstance(row["closed_on"], date) else ""
            assert (row["platform"], closed, row["household_id"] or "") == (want.platform, want.closed_on, want.household_id)
        assert len(folded.shops) == 3
