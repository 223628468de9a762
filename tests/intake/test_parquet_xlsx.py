"""Parquet files and workbooks: types that read as the column's, row numbers, broken files. Contract 1, "Records"."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.conftest import Read, Reader

NOON = datetime(2019, 5, 6, 12)
ORDER: dict[str, Any] = {
    "transaction_id": 1,
    "shop_id": 7,
    "paid_at": NOON,
    "amount": Decimal("5.00"),
    "refunded_amount": None,
    "status": "TRADE_FINISHED",
    "updated_at": NOON,
}
SHOP: dict[str, Any] = {
    "shop_id": 1,
    "platform": "taobao",
    "shop_type": "individual",
    "opened_on": date(2010, 1, 1),
    "closed_on": None,
    "registered_address": None,
    "ship_from_address": None,
    "receive_address": None,
    "household_id": None,
    "recorded_at": NOON,
}
RIGHT = {"transactions": ORDER, "shops": SHOP}
INVALID = "invalid"


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    """The bytes of a Parquet file of these columns."""
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def one(reader: Reader, table: str, column: str, value: pa.Array) -> Any:
    """What the one value of an array gives in a column of a table, or INVALID."""
    right = {name: pa.array([told]) if told is not None else pa.nulls(1, pa.string()) for name, told in RIGHT[table].items()}
    read = reader.read(table, "parquet", parquet(right | {column: value}))
    assert read.segment.rows == 1
    assert read.reasons in ({}, {1: f"invalid:{column}"}, {1: f"missing:{column}"})
    return read.rows[0][column] if read.rows else read.reasons[1].partition(":")[0]


INTEGERS = [
    *((pa.array([42], kind), 42) for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())),
    *((pa.array([42], kind), 42) for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())),
    (pa.array([2**63 - 1], pa.int64()), 2**63 - 1),
    (pa.array([2**63], pa.uint64()), INVALID),
    (pa.array([0], pa.int64()), INVALID),
    (pa.array([-1], pa.int32()), INVALID),
    (pa.array([Decimal(42)], pa.decimal128(20, 0)), 42),
    (pa.array([42.0], pa.float64()), 42),
    (pa.array([42.0], pa.float32()), 42),
    (pa.array([float(2**53)], pa.float64()), 2**53),
    (pa.array([1e300], pa.float64()), INVALID),
    (pa.array([42.5], pa.float64()), INVALID),
    (pa.array([float("nan")], pa.float64()), INVALID),
    (pa.array([float("inf")], pa.float64()), INVALID),
    (pa.array([None], pa.int64()), "missing"),
    (pa.nulls(1), "missing"),
    (pa.array(["42"]), 42),
    (pa.array(["'42"]), 42),
    (pa.array(["４２"], pa.large_string()), 42),
    (pa.array(["42"], pa.string_view()), 42),
    (pa.array([b"42"], pa.binary()), 42),
    (pa.array(["42"]).dictionary_encode(), 42),
    (pa.array([42]).dictionary_encode(), 42),
]

AMOUNTS = [
    (pa.array([Decimal("12.34")], pa.decimal128(18, 2)), Decimal("12.34")),
    (pa.array([Decimal("12.30")], pa.decimal128(10, 2)), Decimal("12.30")),
    (pa.array([Decimal("12.3")], pa.decimal128(5, 1)), Decimal("12.30")),
    (pa.array([Decimal("12.345")], pa.decimal128(10, 3)), INVALID),
    (pa.array([Decimal("9999999999999999.99")], pa.decimal128(18, 2)), Decimal("9999999999999999.99")),
    (pa.array([Decimal("10000000000000000.00")], pa.decimal128(19, 2)), INVALID),
    (pa.array([Decimal("12.34")], pa.decimal256(40, 2)), Decimal("12.34")),
    (pa.array([Decimal("9007199254740993.00")], pa.decimal256(40, 2)), Decimal("9007199254740993.00")),  # 2**53 + 1: no double
    (pa.array([Decimal("-0.01")], pa.decimal128(18, 2)), INVALID),
    (pa.array([12], pa.int64()), Decimal("12.00")),
    # a float counts as its shortest decimal form
    (pa.array([12.34], pa.float64()), Decimal("12.34")),
    (pa.array([0.1], pa.float64()), Decimal("0.10")),
    (pa.array([0.1], pa.float32()), Decimal("0.10")),
    (pa.array([16777.22], pa.float32()), Decimal("16777.22")),
    (pa.array([12.0], pa.float64()), Decimal("12.00")),
    (pa.array([0.0], pa.float64()), Decimal("0.00")),
    (pa.array([99999999.99], pa.float64()), Decimal("99999999.99")),
    (pa.array([1e7], pa.float64()), Decimal("10000000.00")),
    (pa.array([123456789012345.6], pa.float64()), Decimal("123456789012345.60")),
    (pa.array([1e15], pa.float64()), Decimal("1000000000000000.00")),
    (pa.array([1e16], pa.float64()), INVALID),  # 17 digits
    (pa.array([0.1 + 0.2], pa.float64()), INVALID),  # 0.30000000000000004
    (pa.array([12.345], pa.float64()), INVALID),
    (pa.array([1e-5], pa.float64()), INVALID),
    (pa.array([-1.5], pa.float64()), INVALID),
    (pa.array([float("nan")], pa.float64()), INVALID),  # no null
    (pa.array([float("nan")], pa.float32()), INVALID),
    (pa.array([float("-inf")], pa.float64()), INVALID),
    (pa.array([None], pa.float64()), "missing"),
    (pa.array(["1,234.5"]), Decimal("1234.50")),
    (pa.array(["¥12元"]).dictionary_encode(), Decimal("12.00")),
]

NANO = 1_557_115_200 * 10**9  # 2019-05-06 12:00 in Shanghai is 2019-05-06 04:00 UTC
SHANGHAI = NANO + 8 * 3600 * 10**9  # the same hands of the clock, without a zone
TIMES = [
    *((pa.array([NOON], pa.timestamp(unit)), NOON) for unit in ("s", "ms", "us", "ns")),
    (pa.array([NOON.replace(microsecond=250_000)], pa.timestamp("ms")), NOON.replace(microsecond=250_000)),
    (pa.array([SHANGHAI + 1_000], pa.timestamp("ns")), NOON.replace(microsecond=1)),
    (pa.array([SHANGHAI + 1], pa.timestamp("ns")), INVALID),  # what microseconds cannot hold
    # an instant is converted to UTC+8
    *(
        (pa.array([NANO // 10**9 * 10 ** (3 * i)], pa.timestamp(unit, "UTC")), NOON)
        for i, unit in enumerate(("s", "ms", "us", "ns"))
    ),
    (pa.array([NANO // 1000], pa.timestamp("us", "Asia/Shanghai")), NOON),
    (pa.array([NANO // 1000], pa.timestamp("us", "America/New_York")), NOON),
    (pa.array([NANO // 1000], pa.timestamp("us", "+09:00")), NOON),
    (pa.array([NANO + 1], pa.timestamp("ns", "UTC")), INVALID),
    (pa.array([date(2019, 5, 6)], pa.date32()), datetime(2019, 5, 6)),
    (pa.array([date(2019, 5, 6)], pa.date64()), datetime(2019, 5, 6)),
    (pa.array([NANO // 10**6], pa.int64()), NOON),  # 13 digits, epoch milliseconds
    (pa.array([float(NANO // 10**6)], pa.float64()), NOON),
    (pa.array([NANO // 10**9], pa.int64()), INVALID),  # seconds
    (pa.array([20190506], pa.int32()), INVALID),
    (pa.array([43591.5], pa.float64()), INVALID),
    (pa.array(["2019/5/6 12:00"]), NOON),
    (pa.array([datetime(2002, 12, 31)], pa.timestamp("us")), INVALID),
    (pa.array([datetime(2100, 1, 1)], pa.timestamp("us")), INVALID),
    (pa.array([datetime(1, 1, 1)], pa.timestamp("us")), INVALID),
    (pa.array([2**62], pa.timestamp("us")), INVALID),
    (pa.array([-(2**62)], pa.timestamp("us")), INVALID),
    (pa.array([None], pa.timestamp("us")), "missing"),
]

OF_NO_COLUMN = [
    pa.array([True]),
    pa.array([time(12)], pa.time64("us")),
    pa.array([[42]], pa.list_(pa.int64())),
    pa.array([[]], pa.list_(pa.string())),
    pa.array([["42"]], pa.list_(pa.string())),
    pa.array([{"a": 42}], pa.struct([("a", pa.int64())])),
    pa.array([[("a", 42)]], pa.map_(pa.string(), pa.int64())),
]


class TestParquetTypes:
    @pytest.mark.parametrize(("array", "value"), INTEGERS, ids=lambda v: str(getattr(v, "type", "")))
    def test_whole_numbers(self, reader: Reader, array: pa.Array, value: Any) -> None:
        assert one(reader, "transactions", "transaction_id", array) == value

    @pytest.mark.parametrize(("array", "value"), AMOUNTS, ids=lambda v: str(getattr(v, "type", "")))
    def test_amounts(self, reader: Reader, array: pa.Array, value: Any) -> None:
        assert one(reader, "transactions", "amount", array) == value

    @pytest.mark.parametrize(("array", "value"), TIMES, ids=lambda v: str(getattr(v, "type", "")))
    def test_times(self, reader: Reader, array: pa.Array, value: Any) -> None:
        assert one(reader, "transactions", "updated_at", array) == value

    @pytest.mark.parametrize(("array", "value"), TIMES, ids=lambda v: str(getattr(v, "type", "")))
    def test_dates(self, reader: Reader, array: pa.Array, value: Any) -> None:
        assert one(reader, "shops", "opened_on", array) == (value.date() if isinstance(value, datetime) else value)

    @pytest.mark.parametrize(
        ("array", "value"),
        [
            (pa.array(["H1"]), "H1"),
            (pa.array([" Ｈ１ "]).dictionary_encode(), "H1"),
            (pa.array([b"H1"], pa.binary()), "H1"),
            (pa.array([371721101201], pa.int64()), "371721101201"),
            (pa.array([371721101201.0], pa.float64()), "371721101201"),
            (pa.array([""]), None),
            (pa.array(["null"]), None),
            (pa.nulls(1), None),
            (pa.nulls(1, pa.float64()), None),
        ],
        ids=lambda v: str(getattr(v, "type", "")),
    )
    def test_texts(self, reader: Reader, array: pa.Array, value: str | None) -> None:
        assert one(reader, "shops", "household_id", array) == value

    def test_a_platform_may_be_the_number_1688(self, reader: Reader) -> None:
        assert one(reader, "shops", "platform", pa.array([1688], pa.int16())) == "1688"

    @pytest.mark.parametrize("array", OF_NO_COLUMN, ids=lambda v: str(v.type))
    def test_other_types_are_of_no_column(self, reader: Reader, array: pa.Array) -> None:
        for table, column in (
            ("transactions", "shop_id"), ("transactions", "amount"), ("transactions", "refunded_amount"),
            ("transactions", "updated_at"), ("transactions", "status"), ("shops", "household_id"), ("shops", "closed_on"),
        ):  # fmt: skip
            assert one(reader, table, column, array) == INVALID, column

    def test_a_null_of_any_type_is_null(self, reader: Reader) -> None:
        for array in OF_NO_COLUMN:
            assert one(reader, "shops", "household_id", pa.nulls(1, array.type)) is None

    def test_a_nan_does_not_hide_beside_numbers(self, reader: Reader) -> None:
        right = {name: pa.array([value] * 3, None if value else pa.string()) for name, value in ORDER.items()}
        content = parquet(right | {"transaction_id": pa.array([1, 2, 3]), "amount": pa.array([1.5, float("nan"), None])})
        assert reader.read("transactions", "parquet", content).reasons == {2: "invalid:amount", 3: "missing:amount"}


COUNTIES = {"county_code": pa.array(["371721"] * 3), "year": pa.array([2019] * 3), "population": pa.array([1, 2, 3])}


class TestParquetFiles:
    def test_rows_count_from_1(self, reader: Reader) -> None:
        read = reader.read("counties", "parquet", parquet(COUNTIES | {"population": pa.array([0, 1, -1])}))
        assert read.reasons == {1: "invalid:population", 3: "invalid:population"}
        assert [r["population"] for r in read.rows] == [1]

    def test_rows_count_on_over_row_groups(self, reader: Reader) -> None:
        columns = {"county_code": ["371721"] * 5000, "year": [2019] * 5000, "population": [i % 1000 for i in range(5000)]}
        read = reader.read("counties", "parquet", parquet(columns, row_group_size=700))
        assert list(read.reasons) == [1, 1001, 2001, 3001, 4001]

    def test_raw_is_a_json_object_of_the_known_columns(self, reader: Reader) -> None:
        columns = COUNTIES | {"population": pa.array([1, 0, 3]), "收货人": pa.array(["赵六"] * 3)}
        read = reader.read("counties", "parquet", parquet(columns))
        assert read.segment.unknown_columns == ("收货人",)
        told = json.loads(read.raw[2] or "")
        assert {name: str(value) for name, value in told.items()} == {"county_code": "371721", "year": "2019", "population": "0"}
        assert "赵六" not in repr(read)

    def test_raw_tells_a_value_of_another_type_as_it_was(self, reader: Reader) -> None:
        read = reader.read("counties", "parquet", parquet(COUNTIES | {"population": pa.array([True, False, None])}))
        assert [json.loads(read.raw[n] or "")["population"] for n in (1, 2)] in (["true", "false"], [True, False])

    def test_columns_in_any_order_and_case_and_by_alias(self, reader: Reader) -> None:
        read = reader.read("counties", "parquet", parquet({"人口": [1], " YEAR": [2019], "县代码": ["371721"]}))
        assert [r["population"] for r in read.rows] == [1]

    def test_names_that_differ_in_case_only_mean_the_same(self, reader: Reader) -> None:
        read = reader.read("counties", "parquet", parquet(COUNTIES | {"Year": pa.array([2019] * 3)}))
        assert read.held == "two columns mean the same: year"

    def test_unknown_names_that_differ_in_case_only(self, reader: Reader) -> None:
        columns = {"note": pa.array([9] * 3), "NOTE": pa.array([8] * 3), "Note": pa.array([7] * 3)} | COUNTIES
        read = reader.read("counties", "parquet", parquet(columns))
        assert [r["population"] for r in read.rows] == [1, 2, 3]
        assert sorted(read.segment.unknown_columns) == ["NOTE", "Note", "note"]

    @pytest.mark.parametrize(
        "name",
        [
            "file_row_number",
            "filename",
            "line",
            "raw",
            "reasons",
            "parsed",
            "text",
            "rowid",
            "county_code__text",
            'a"b',
            "",
            "年 份",
        ],
    )
    def test_an_unknown_column_of_any_name(self, reader: Reader, name: str) -> None:
        for columns in (COUNTIES | {name: pa.array([0] * 3)}, {name: pa.array([0] * 3)} | COUNTIES):
            columns = columns | {"population": pa.array([1, 0, 3])}
            read = reader.read("counties", "parquet", parquet(columns))
            assert (read.held, read.segment.unknown_columns) == (None, (name,))
            assert ([r["population"] for r in read.rows], read.reasons) == ([1, 3], {2: "invalid:population"})

    def test_an_unknown_column_of_any_type(self, reader: Reader) -> None:
        for array in OF_NO_COLUMN:
            columns = {name: pa.array([values[0]]) for name, values in COUNTIES.items()} | {"note": array}
            assert len(reader.read("counties", "parquet", parquet(columns)).rows) == 1

    def test_a_missing_required_column_is_held(self, reader: Reader) -> None:
        assert (
            reader.read("counties", "parquet", parquet({"year": [2019]})).held
            == "missing required columns: county_code population"
        )

    def test_no_rows(self, reader: Reader) -> None:
        read = reader.read("counties", "parquet", parquet({name: array[:0] for name, array in COUNTIES.items()}))
        assert (read.held, read.segment.rows) == (None, 0)

    @pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
    def test_every_compression(self, reader: Reader, compression: str) -> None:
        content = parquet(COUNTIES, compression=compression)
        assert len(reader.read("counties", "parquet", content).rows) == 3

    def test_a_file_has_no_encoding(self, reader: Reader) -> None:
        assert reader.read("counties", "parquet", parquet(COUNTIES)).segment.encoding is None

    @pytest.mark.parametrize(
        "content", [b"PAR1", b"PAR1PAR1", b"county_code,year\n", b"\0" * 100, b"PAR1" + b"\0" * 50 + b"PAR1"]
    )
    def test_what_is_not_parquet_is_held(self, reader: Reader, content: bytes) -> None:
        assert (reader.read("counties", "parquet", content).held or "").startswith("not readable as Parquet")

    def test_truncated_is_held(self, reader: Reader) -> None:
        whole = parquet(COUNTIES)
        for cut in (4, len(whole) // 2, len(whole) - 1):
            assert (reader.read("counties", "parquet", whole[:cut]).held or "").startswith("not readable as Parquet")

    def test_corrupt_pages_are_held(self, reader: Reader) -> None:
        columns = {"county_code": ["371721"] * 5000, "year": [2019] * 5000, "population": list(range(1, 5001))}
        whole = bytearray(parquet(columns, compression="zstd"))
        whole[100 : len(whole) // 2] = b"\xa5" * (len(whole) // 2 - 100)
        assert (reader.read("counties", "parquet", bytes(whole)).held or "").startswith("not readable as Parquet")

    def test_a_column_whose_name_is_no_utf8_is_held(self, reader: Reader) -> None:
        whole = parquet(COUNTIES | {"another_one": COUNTIES["year"]}).replace(b"another_one", b"another_\x80ne")
        assert (reader.read("counties", "parquet", whole).held or "").startswith("not readable as Parquet")

    @settings(max_examples=40)
    @given(at=st.integers(0, 3000), byte=st.integers(0, 255), compression=st.sampled_from(["none", "snappy", "zstd"]))
    def test_a_changed_byte_is_held_or_read_and_never_fails_the_run(
        self, reader: Reader, at: int, byte: int, compression: str
    ) -> None:
        whole = bytearray(parquet(COUNTIES, compression=compression))
        whole[at % len(whole)] = byte
        read = reader.read("counties", "parquet", bytes(whole))
        assert read.held or read.segment.rows == len(read.rows) + len(read.reasons)


# ---------------------------------------------------------------- workbooks
NAMES = list(ORDER)


def book(reader: Reader, *rows: list[Any], header: list[Any] | None = None, table: str = "transactions") -> Read:
    return reader.read(table, "xlsx", reader.workbook([header or NAMES, *rows]))


def order(**other: Any) -> list[Any]:
    return list((ORDER | {"amount": 5} | other).values())


class TestWorkbooks:
    @pytest.mark.parametrize(
        ("column", "cell", "value"),
        [
            ("transaction_id", 42, 42),
            ("transaction_id", 42.0, 42),
            ("transaction_id", "'1234567890123456789", 1234567890123456789),
            ("transaction_id", '="42"', 42),
            ("transaction_id", 42.5, INVALID),
            ("transaction_id", 0, INVALID),
            ("transaction_id", True, INVALID),
            ("transaction_id", NOON, INVALID),
            ("amount", 12.34, Decimal("12.34")),
            ("amount", 12, Decimal("12.00")),
            ("amount", 0.1, Decimal("0.10")),
            ("amount", 12.345, INVALID),
            ("amount", 1e7, Decimal("10000000.00")),
            ("amount", 99999999.99, Decimal("99999999.99")),
            ("amount", 1e16, INVALID),
            ("amount", -5, INVALID),
            ("amount", "￥1,234.50元", Decimal("1234.50")),
            ("amount", False, INVALID),
            ("amount", "#N/A", INVALID),
            ("amount", None, "missing"),
            ("refunded_amount", None, Decimal("0.00")),
            ("refunded_amount", 5, Decimal("5.00")),
            ("refunded_amount", 5.01, INVALID),
            ("paid_at", NOON, NOON),
            ("paid_at", NOON.replace(microsecond=250_000), NOON.replace(microsecond=250_000)),
            ("paid_at", date(2019, 5, 6), datetime(2019, 5, 6)),
            ("paid_at", "2019/5/6 12:00", NOON),
            ("paid_at", NANO // 10**6, NOON),
            ("paid_at", time(12), INVALID),
            ("paid_at", 43591, INVALID),
            ("status", "交易成功", "TRADE_FINISHED"),
            ("status", 1, INVALID),
        ],
    )
    def test_cells(self, reader: Reader, column: str, cell: Any, value: Any) -> None:
        read = book(reader, order(**{column: cell}))
        if value in (INVALID, "missing"):
            assert read.reasons == {2: f"{value}:{column}"}
        else:
            assert [row[column] for row in read.rows] == [value]

    def test_numbers_in_columns_of_texts_are_their_digits(self, reader: Reader) -> None:
        shop = SHOP | {"platform": 1688, "household_id": 7.0, "ship_from_address": 371721101201}
        read = book(reader, list(shop.values()), header=list(shop), table="shops")
        assert [(r["platform"], r["household_id"], r["ship_from_address"]) for r in read.rows] == [("1688", "7", "371721101201")]

    def test_rows_are_the_sheets_own(self, reader: Reader) -> None:
        nothing = [None] * 7
        read = book(reader, order(amount=-1), nothing, order(), nothing, nothing, order(amount=-2), nothing)
        assert read.reasons == {2: "invalid:amount", 7: "invalid:amount"}
        assert (len(read.rows), read.segment.rows) == (1, 3)

    def test_rows_before_the_header_count_too(self, reader: Reader) -> None:
        read = reader.read("transactions", "xlsx", reader.workbook([[None], [None], NAMES, order(), order(amount=-1)]))
        assert (len(read.rows), read.reasons) == (1, {5: "invalid:amount"})

    def test_the_first_sheet_counts(self, reader: Reader) -> None:
        made = openpyxl.Workbook()
        made.active.title = "second in name only"
        for row in (NAMES, order()):
            made.active.append(row)
        made.create_sheet("a").append(["no", "orders"])
        made.active = 1  # the sheet that is shown when it is opened
        out = io.BytesIO()
        made.save(out)
        assert len(reader.read("transactions", "xlsx", out.getvalue()).rows) == 1

    def test_cells_beyond_the_header_and_cells_that_are_not_there(self, reader: Reader) -> None:
        read = book(reader, [*order(), "more"], order()[:-1])
        assert (len(read.rows), read.reasons) == (1, {3: "missing:updated_at"})

    def test_unknown_columns_are_listed_and_not_kept(self, reader: Reader) -> None:
        read = book(reader, [*order(amount=-1), "赵六", 13800138000], header=[*NAMES, "收货人姓名", "联系手机 "])
        assert read.segment.unknown_columns == ("收货人姓名", "联系手机")
        assert set(json.loads(read.raw[2] or "")) == set(NAMES)
        assert "赵六" not in repr(read)
        assert "13800138000" not in repr(read)

    def test_a_formula_counts_as_its_value(self, reader: Reader) -> None:
        content = reader.workbook([NAMES, order(amount=4242)])
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        sheet = "xl/worksheets/sheet1.xml"
        assert b"<v>4242</v>" in parts[sheet]
        parts[sheet] = parts[sheet].replace(b"<v>4242</v>", b"<f>4000+242</f><v>4242</v>")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part)
        assert [row["amount"] for row in reader.read("transactions", "xlsx", out.getvalue()).rows] == [Decimal("4242.00")]

    def test_header_rules(self, reader: Reader) -> None:
        assert book(reader, order()[:3], header=NAMES[:3]).held == "missing required columns: amount status updated_at"
        assert book(reader, [*order(), NOON], header=[*NAMES, "更新时间"]).held == "two columns mean the same: updated_at"
        assert len(book(reader, order(), header=["订单编号", " SHOP_ID ", *NAMES[2:]]).rows) == 1

    def test_numbers_and_nothing_in_the_header_are_unknown(self, reader: Reader) -> None:
        read = book(reader, [*order(), 1, 2], header=[*NAMES, 2019, None])
        assert len(read.rows) == 1

    def test_nothing_in_it_is_held(self, reader: Reader) -> None:
        assert reader.read("transactions", "xlsx", reader.workbook([])).held == "no header"

    def test_only_a_header(self, reader: Reader) -> None:
        read = book(reader)
        assert (read.held, read.segment.rows, read.segment.encoding) == (None, 0, None)

    @pytest.mark.parametrize("content", [b"x", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"\xd0\xcf\x11\xe0" + b"\0" * 600])
    def test_what_is_no_workbook_is_held(self, reader: Reader, content: bytes) -> None:
        assert (reader.read("transactions", "xlsx", content).held or "").startswith("not readable as a workbook")

    def test_truncated_is_held(self, reader: Reader) -> None:
        whole = reader.workbook([NAMES, order()])
        for cut in (30, len(whole) // 2, len(whole) - 1):
            assert (reader.read("transactions", "xlsx", whole[:cut]).held or "").startswith("not readable as a workbook")

    @settings(max_examples=25)
    @given(at=st.integers(0, 8000), byte=st.integers(0, 255))
    def test_a_changed_byte_is_held_or_read_and_never_fails_the_run(self, reader: Reader, at: int, byte: int) -> None:
        whole = bytearray(reader.workbook([NAMES, order()]))
        whole[at % len(whole)] = byte
        read = reader.read("transactions", "xlsx", bytes(whole))
        assert read.held or read.segment.rows == len(read.rows) + len(read.reasons)


class TestShortestDecimalForm:
    @settings(max_examples=15)
    @given(amounts=st.lists(st.decimals(0, 10**12, places=2), min_size=1, max_size=20))
    def test_every_amount_of_a_million_millions_comes_through_a_float(self, reader: Reader, amounts: list[Decimal]) -> None:
        # a double has 15 digits: 13 before the point and two decimals
        right = {name: pa.array([value] * len(amounts), None if value else pa.string()) for name, value in ORDER.items()}
        ids = pa.array(range(1, len(amounts) + 1))
        content = parquet(right | {"transaction_id": ids, "amount": pa.array([float(a) for a in amounts], pa.float64())})
        assert [row["amount"] for row in reader.read("transactions", "parquet", content).rows] == amounts

    @settings(max_examples=20)
    @given(moment=st.datetimes(datetime(2003, 1, 2), datetime(2099, 12, 30), timezones=st.just(ZoneInfo("America/New_York"))))
    def test_an_instant_is_the_same_in_every_zone(self, reader: Reader, moment: datetime) -> None:
        want = moment.astimezone(ZoneInfo("UTC")).replace(tzinfo=None) + timedelta(hours=8)
        assert one(reader, "transactions", "updated_at", pa.array([moment], pa.timestamp("us", "America/New_York"))) == want
