"""How values are read. Contract 1, "How values are read": every form, in every format, through the reading itself.

Each table below says what a text is in a column: a value, or MISSING, or INVALID. A text means the same whether it
stands in a plain or a quoted CSV field, in a JSON string, in a Parquet column of texts or in a cell of a workbook.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.conftest import Reader

MISSING, INVALID = "missing", "invalid"
FORMATS = ("csv", "quoted.csv", "csv.gz", "jsonl", "parquet", "xlsx")

RIGHT = {
    "transactions": {
        "transaction_id": "1",
        "shop_id": "1",
        "paid_at": "2019-05-01",
        "amount": "99999999999999.99",
        "refunded_amount": "0",
        "status": "TRADE_FINISHED",
        "updated_at": "2019-06-01",
    },
    "shops": {
        "shop_id": "1",
        "platform": "taobao",
        "shop_type": "individual",
        "opened_on": "2003-01-01",
        "closed_on": "",
        "registered_address": "",
        "ship_from_address": "",
        "receive_address": "",
        "household_id": "",
        "recorded_at": "2019-06-01",
    },
    "villages": {"village_code": "371721101201", "year": "2019", "households": "1", "population": "", "recorded_at": ""},
    "counties": {"county_code": "371721", "year": "2019", "population": "1", "recorded_at": ""},
    "lists": {"year": "2019", "place": "371721101201"},
}
"""A right row of each table: a test puts its values into one column of it, and numbers the rows in another."""
NUMBERED = {
    "transactions": "transaction_id",
    "shops": "shop_id",
    "villages": "households",
    "counties": "population",
    "lists": "year",
}


def read_values(reader: Reader, kind: str, table: str, column: str, texts: list[str], numbered: str = "") -> list[Any]:
    """What each text is in a column: its value, MISSING or INVALID. Every other column of its row is right."""
    number = numbered or NUMBERED[table]
    first = 2003 if number == "year" else 1
    rows = [list((RIGHT[table] | {number: str(first + i), column: text}).values()) for i, text in enumerate(texts)]
    read = reader.rows(table, kind, list(RIGHT[table]), rows)
    assert read.held is None
    assert read.segment.rows == len(texts)
    told: dict[int, Any] = {row[number] - first: row[column] for row in read.rows}
    ahead = 1 if kind == "parquet" or kind.startswith("jsonl") else 2  # the first record's line or row number
    for line, reason in read.reasons.items():
        verdict, _, blamed = reason.partition(":")
        assert blamed == column, (texts[line - ahead], reason)
        told[line - ahead] = verdict
    return [told[i] for i in range(len(texts))]


def check(reader: Reader, kind: str, table: str, column: str, want: dict[str, Any], numbered: str = "") -> None:
    """Every text of a table of expectations is what it says, as far as the format can hold the text."""
    texts = [text for text in want if kind != "xlsx" or not any(c < " " and c not in "\t\n\r" for c in text)]
    texts = [text for text in texts if "csv" not in kind or "\n" not in text]
    assert len(texts) > len(want) / 2
    assert dict(zip(texts, read_values(reader, kind, table, column, texts, numbered), strict=True)) == {t: want[t] for t in texts}


NULLS = {
    "": MISSING,
    " ": MISSING,
    "\t": MISSING,
    "\u3000": MISSING,  # an ideographic blank
    "\xa0 ": MISSING,  # a blank that does not break
    "NULL": MISSING,
    "null": MISSING,
    " null ": MISSING,
    r"\N": MISSING,
    '=""': MISSING,
    "'": MISSING,
    "'NULL": MISSING,
}

INTEGERS = NULLS | {
    "1": 1,
    "42": 42,
    "007": 7,
    "9223372036854775807": 9223372036854775807,  # 2**63 - 1
    " 42": 42,
    "42\t": 42,
    "\u300042\xa0": 42,
    "４２": 42,  # full-width digits
    "'42": 42,  # what spreadsheets do to long numbers
    "\t42": 42,
    '="42"': 42,
    '=" 42 "': 42,
    "' 42": 42,
    "＝＂42＂": 42,  # full-width: = and " after NFKC
    "0": INVALID,
    "00": INVALID,
    "9223372036854775808": INVALID,
    "99999999999999999999999999": INVALID,
    "-1": INVALID,
    "+1": INVALID,
    "1.0": INVALID,
    "1.9E+15": INVALID,
    "1e3": INVALID,
    "1,000": INVALID,
    "1_000": INVALID,
    "4 2": INVALID,
    "0x1F": INVALID,
    "٤٢": INVALID,  # digits of another script are no digits here
    "四十二": INVALID,
    "Null": INVALID,
    "None": INVALID,
    "NaN": INVALID,
    "N/A": INVALID,
    "=42": INVALID,
    "''42": INVALID,  # one wrapping is taken off, not two
    '="42': INVALID,
    '"42"': INVALID,
    "42\x00": INVALID,
    "true": INVALID,
}

MONEY = NULLS | {
    "0": Decimal("0.00"),
    "12": Decimal("12.00"),
    "12.3": Decimal("12.30"),
    "12.34": Decimal("12.34"),
    "0.05": Decimal("0.05"),
    "1,234.5": Decimal("1234.50"),
    "12,345": Decimal("12345.00"),
    "1,234,567.89": Decimal("1234567.89"),
    "¥12": Decimal("12.00"),
    "￥12.5": Decimal("12.50"),
    "12元": Decimal("12.00"),
    "￥1,234.00元": Decimal("1234.00"),
    " 12.34 ": Decimal("12.34"),
    "１２．５": Decimal("12.50"),  # full-width
    "１，２３４．５０": Decimal("1234.50"),
    '="12.34"': Decimal("12.34"),
    "'12.34": Decimal("12.34"),
    "9999999999999999.99": Decimal("9999999999999999.99"),  # 16 digits before the point
    "9,999,999,999,999,999.99": Decimal("9999999999999999.99"),
    "10000000000000000": INVALID,  # 17 digits
    "12.345": INVALID,  # not rounded
    "12.340": INVALID,  # also zeros
    "12.000": INVALID,
    "12.": INVALID,
    ".5": INVALID,
    "-12": INVALID,
    "+12": INVALID,
    "-0": INVALID,
    "1e5": INVALID,
    "1E5": INVALID,
    "NaN": INVALID,
    "inf": INVALID,
    "1万": INVALID,
    "1,23": INVALID,
    "1,2345": INVALID,
    "1234,567": INVALID,
    ",123": INVALID,
    "1,,234": INVALID,
    "1,234,": INVALID,
    "12.3,4": INVALID,
    "¥¥12": INVALID,
    "12元元": INVALID,
    "元12": INVALID,
    "12¥": INVALID,
    "¥": INVALID,
    "元": INVALID,
    "$12": INVALID,
    "1 234": INVALID,
    "1.2.3": INVALID,
    "12_3": INVALID,
    "十二": INVALID,
    "0x10": INVALID,
    "Null": INVALID,
}

# 2019-05-06 07:08:09 in Shanghai is 2019-05-05 23:08:09 UTC: 18,021 days * 86,400 s + 83,289 s = 1,557,097,689 s
# 2003-01-01 00:00 in Shanghai is 2002-12-31 16:00 UTC: 12,052 days * 86,400 s + 57,600 s = 1,041,350,400 s
TIMES = NULLS | {
    "2019-05-06": datetime(2019, 5, 6),
    "2019-5-6": datetime(2019, 5, 6),
    "2019/05/06": datetime(2019, 5, 6),
    "2019/5/06": datetime(2019, 5, 6),
    "2019年5月6日": datetime(2019, 5, 6),
    "2019年05月06日": datetime(2019, 5, 6),
    "2019-05-06 7:08": datetime(2019, 5, 6, 7, 8),
    "2019-05-06 07:08": datetime(2019, 5, 6, 7, 8),
    "2019-05-06T7:08": datetime(2019, 5, 6, 7, 8),
    "2019-05-06   07:08": datetime(2019, 5, 6, 7, 8),
    "2019-05-06\t07:08": datetime(2019, 5, 6, 7, 8),
    "2019-05-06\u300007:08": datetime(2019, 5, 6, 7, 8),
    "2019/5/6 7:08:09": datetime(2019, 5, 6, 7, 8, 9),
    "2019年5月6日 07:08:09": datetime(2019, 5, 6, 7, 8, 9),
    "2019-05-06T07:08:09": datetime(2019, 5, 6, 7, 8, 9),
    "2019-05-06 07:08:09": datetime(2019, 5, 6, 7, 8, 9),
    "2019-05-06 07:08:09.5": datetime(2019, 5, 6, 7, 8, 9, 500_000),
    "2019-05-06 07:08:09.000001": datetime(2019, 5, 6, 7, 8, 9, 1),
    "2019-05-06 00:00:00": datetime(2019, 5, 6),
    "2019-05-06 23:59:59.999999": datetime(2019, 5, 6, 23, 59, 59, 999_999),
    "2020-02-29": datetime(2020, 2, 29),
    "２０１９－０５－０６　０７：０８": datetime(2019, 5, 6, 7, 8),  # full-width
    " 2019-05-06 ": datetime(2019, 5, 6),
    "'2019-05-06 07:08:09": datetime(2019, 5, 6, 7, 8, 9),
    '="2019-05-06 07:08:09"': datetime(2019, 5, 6, 7, 8, 9),
    # offsets: converted to UTC+8
    "2019-05-06 07:08Z": datetime(2019, 5, 6, 15, 8),  # + 8 h
    "2019-05-06T07:08:09.25+08:00": datetime(2019, 5, 6, 7, 8, 9, 250_000),
    "2019-05-06 07:08+09:00": datetime(2019, 5, 6, 6, 8),  # 22:08 UTC the day before
    "2019-05-06 07:08-05:00": datetime(2019, 5, 6, 20, 8),  # 12:08 UTC
    "2019-05-06 07:08:09+05:45": datetime(2019, 5, 6, 9, 23, 9),  # 01:23:09 UTC
    "2019-05-06 20:00-03:30": datetime(2019, 5, 7, 7, 30),  # 23:30 UTC
    "2019-05-06 07:08+00:00": datetime(2019, 5, 6, 15, 8),
    "2019-05-06 07:08-00:00": datetime(2019, 5, 6, 15, 8),
    # 13 digits: epoch milliseconds
    "1557097689000": datetime(2019, 5, 6, 7, 8, 9),
    "1557097689123": datetime(2019, 5, 6, 7, 8, 9, 123_000),
    "１５５７０９７６８９０００": datetime(2019, 5, 6, 7, 8, 9),
    '="1557097689000"': datetime(2019, 5, 6, 7, 8, 9),
    # bounds, after conversion
    "2003-01-01": datetime(2003, 1, 1),
    "2002-12-31 16:00Z": datetime(2003, 1, 1),
    "1041350400000": datetime(2003, 1, 1),
    "2099-12-31 23:59:59.999999": datetime(2099, 12, 31, 23, 59, 59, 999_999),
    "2099-12-31 15:59:59Z": datetime(2099, 12, 31, 23, 59, 59),
    "2100-01-01 07:59+16:00": datetime(2099, 12, 31, 23, 59),  # 15:59 UTC the day before
    "2002-12-31": INVALID,
    "2002-12-31 23:59:59.999999": INVALID,
    "2003-01-01 00:00+09:00": INVALID,
    "1041350399999": INVALID,
    "2099-12-31 16:00Z": INVALID,
    "2100-01-01": INVALID,
    "9999999999999": INVALID,
    "0000000000000": INVALID,
    # no days
    "2019-02-29": INVALID,
    "2019-04-31": INVALID,
    "2019-13-01": INVALID,
    "2019-00-06": INVALID,
    "2019-05-00": INVALID,
    # no times
    "2019-05-06 24:00": INVALID,
    "2019-05-06 24:00:00": INVALID,
    "2019-05-06 07:60": INVALID,
    "2019-05-06 07:08:60": INVALID,
    "2019-05-06 07:8": INVALID,
    "2019-05-06 07:08:9": INVALID,
    "2019-05-06 007:08": INVALID,
    "2019-05-06 07": INVALID,
    "2019-05-06 070809": INVALID,
    "2019-05-06 07:08:09.": INVALID,
    "2019-05-06 07:08:09.1234567": INVALID,
    "2019-05-06 07:08:09,5": INVALID,
    "2019-05-06 07:08.5": INVALID,
    "2019-05-06 7:08 PM": INVALID,
    "2019-05-06T": INVALID,
    "2019-05-06 T07:08": INVALID,
    "2019-05-0607:08": INVALID,
    # no offsets
    "2019-05-06Z": INVALID,
    "2019-05-06+08:00": INVALID,
    "2019-05-06 07:08z": INVALID,
    "2019-05-06 07:08+8:00": INVALID,
    "2019-05-06 07:08+0800": INVALID,
    "2019-05-06 07:08+08": INVALID,
    "2019-05-06 07:08ZZ": INVALID,
    "2019-05-06 07:08 CST": INVALID,
    "2019-05-06 07:08 Asia/Shanghai": INVALID,
    # no dates
    "20190506": INVALID,
    "19-05-06": INVALID,
    "12019-05-06": INVALID,
    "2019.05.06": INVALID,
    "2019-05": INVALID,
    "2019": INVALID,
    "2019-005-06": INVALID,
    "2019-05-006": INVALID,
    "06-05-2019": INVALID,
    "2019年5月6": INVALID,
    "2019-5月6日": INVALID,
    "2019年5-6": INVALID,
    "2019-05-06日": INVALID,
    "155709768900": INVALID,  # 12 digits
    "15570976890000": INVALID,  # 14 digits
    "1557097689.000": INVALID,
    "-1557097689000": INVALID,
    "43591": INVALID,  # a spreadsheet's day number
    "now": INVALID,
    "today": INVALID,
    "epoch": INVALID,
    "infinity": INVALID,
    "-infinity": INVALID,
    "2019-05-06 (BC)": INVALID,
    "Null": INVALID,
}

DATES = {text: value.date() if isinstance(value, datetime) else value for text, value in TIMES.items()} | {
    "2019-05-06 15:59:59Z": date(2019, 5, 6),
    "2019-05-06 16:00Z": date(2019, 5, 7),  # midnight in Shanghai
}

TEXTS = {
    "H1": "H1",
    " H1\t": "H1",
    "\u3000H1\xa0": "H1",
    "Ｈ１": "H1",
    "户①": "户1",  # NFKC
    "ﬁ": "fi",
    "'H1": "H1",
    "\tH1": "H1",
    '="H1"': "H1",
    '=" H1 "': "H1",
    "H1'": "H1'",
    "''": "'",
    '="': '="',
    "=H1": "=H1",
    "H 1": "H 1",
    "H\t1": "H\t1",
    "Null": "Null",
    "NUL": "NUL",
    "0": "0",
    "001": "001",
    "-": "-",
    "户号 🏠": "户号 🏠",
    "": None,
    " ": None,
    "\u3000": None,
    "NULL": None,
    "null": None,
    r"\N": None,
    r"\n": r"\n",
    '=""': None,
    '="null"': None,
    "'": None,
}

PLATFORMS = NULLS | {
    "taobao": "taobao",
    "TaoBao": "taobao",
    "ＴＡＯＢＡＯ": "taobao",
    " tmall ": "tmall",
    "1688": "1688",
    '="1688"': "1688",
    "'1688": "1688",
    "１６８８": "1688",
    "xianyu": "xianyu",
    "AliExpress": "aliexpress",
    "fliggy": "fliggy",
    "FRESHIPPO": "freshippo",
    "淘宝": "taobao",
    "天猫": "tmall",
    "阿里巴巴": "1688",
    "闲鱼": "xianyu",
    "速卖通": "aliexpress",
    "飞猪": "fliggy",
    "盒马": "freshippo",
    " 淘宝\u3000": "taobao",
    "jd": INVALID,
    "tao bao": INVALID,
    "淘宝网": INVALID,
    "platform:taobao": INVALID,
    "individual": INVALID,
    "0": INVALID,
}

SHOP_TYPES = NULLS | {
    "individual": "individual",
    "Individual": "individual",
    "ENTERPRISE": "enterprise",
    "个人": "individual",
    "企业": "enterprise",
    "个体": INVALID,
    "taobao": INVALID,
}

COUNTING = (
    "WAIT_SELLER_SEND_GOODS",
    "SELLER_CONSIGNED_PART",
    "WAIT_BUYER_CONFIRM_GOODS",
    "TRADE_BUYER_SIGNED",
    "TRADE_FINISHED",
    "PAID_FORBID_CONSIGN",
)
NOT_COUNTING = (
    "WAIT_BUYER_PAY",
    "PAY_PENDING",
    "WAIT_PRE_AUTH_CONFIRM",
    "TRADE_NO_CREATE_PAY",
    "TRADE_CLOSED",
    "TRADE_CLOSED_BY_TAOBAO",
)
STATUSES = (
    NULLS
    | {status: status for status in COUNTING + NOT_COUNTING}
    | {status.lower(): status for status in COUNTING + NOT_COUNTING}
    | {
        "Ｔrade_Finished": "TRADE_FINISHED",
        " TRADE_CLOSED ": "TRADE_CLOSED",
        "等待买家付款": "WAIT_BUYER_PAY",
        "买家已付款，等待卖家发货": "WAIT_SELLER_SEND_GOODS",
        "买家已付款,等待卖家发货": "WAIT_SELLER_SEND_GOODS",  # a comma of half width
        "买家已付款": "WAIT_SELLER_SEND_GOODS",
        "卖家部分发货": "SELLER_CONSIGNED_PART",
        "卖家已发货，等待买家确认": "WAIT_BUYER_CONFIRM_GOODS",
        "卖家已发货": "WAIT_BUYER_CONFIRM_GOODS",
        "交易成功": "TRADE_FINISHED",
        "交易关闭": "TRADE_CLOSED",
        "TRADE FINISHED": INVALID,
        "FINISHED": INVALID,
        "交易": INVALID,
        "1": INVALID,
    }
)

VILLAGE_CODES = NULLS | {
    "371721101201": "371721101201",
    "'371721101201": "371721101201",
    '="371721101201"': "371721101201",
    "３７１７２１１０１２０１": "371721101201",
    " 000000000000 ": "000000000000",
    "37172110120": INVALID,
    "3717211012010": INVALID,
    "371721101": INVALID,
    "3.71721E+11": INVALID,
    "37172110120x": INVALID,
    "丁楼村": INVALID,
}

COUNTY_CODES = NULLS | {
    "371721": "371721",
    "'371721": "371721",
    "３７１７２１": "371721",
    "37172": INVALID,
    "3717210": INVALID,
    "371721000000": INVALID,
    "曹县": INVALID,
}

YEARS = NULLS | {
    "2003": 2003,
    "2099": 2099,
    "２０１９": 2019,
    "'2019": 2019,
    "02019": 2019,
    "2002": INVALID,
    "2100": INVALID,
    "19": INVALID,
    "2019.0": INVALID,
    "2019年": INVALID,
    "2019-01-01": INVALID,
    "-2019": INVALID,
}


def optional(want: dict[str, Any], null: Any = None) -> dict[str, Any]:
    """The same expectations in a column that may be null."""
    return {text: null if value == MISSING else value for text, value in want.items()}


@pytest.mark.parametrize("kind", FORMATS)
class TestEveryForm:
    def test_ids_are_whole_numbers_above_zero(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "transactions", "shop_id", INTEGERS)
        check(reader, kind, "transactions", "transaction_id", INTEGERS, numbered="shop_id")

    def test_households_are_whole_numbers_above_zero(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "villages", "households", INTEGERS, numbered="population")

    def test_a_villages_population_may_be_zero_or_null(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "villages", "population", optional(INTEGERS) | {"0": 0, "00": 0})

    def test_a_countys_population_is_required_and_above_zero(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "counties", "population", INTEGERS, numbered="year")

    def test_amounts(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "transactions", "amount", MONEY)

    def test_refunds_and_a_null_refund_is_zero(self, reader: Reader, kind: str) -> None:
        want = optional(MONEY, Decimal("0.00")) | {
            "无退款申请": Decimal("0.00"),  # what a seller's export says for none
            "9999999999999999.99": INVALID,  # more than the amount, 99,999,999,999,999.99
            "9,999,999,999,999,999.99": INVALID,
            "99999999999999.99": Decimal("99999999999999.99"),  # as much as the amount
        }
        check(reader, kind, "transactions", "refunded_amount", want)

    def test_only_refunds_say_that_there_is_none(self, reader: Reader, kind: str) -> None:
        assert read_values(reader, kind, "transactions", "amount", ["无退款申请", "1"]) == [INVALID, Decimal("1.00")]

    def test_timestamps(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "transactions", "updated_at", TIMES)
        check(reader, kind, "transactions", "paid_at", TIMES)

    def test_timestamps_that_may_be_null(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "villages", "recorded_at", optional(TIMES))

    def test_dates_are_the_day_of_a_timestamp(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "shops", "opened_on", DATES)
        check(reader, kind, "shops", "closed_on", optional(DATES))

    def test_texts(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "shops", "household_id", TEXTS)
        check(reader, kind, "shops", "receive_address", TEXTS)

    def test_places_of_lists_are_required_texts(self, reader: Reader, kind: str) -> None:
        want = {text: MISSING if value is None else value for text, value in TEXTS.items()}
        check(reader, kind, "lists", "place", want)

    def test_platforms(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "shops", "platform", PLATFORMS)

    def test_shop_types(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "shops", "shop_type", SHOP_TYPES)

    def test_statuses(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "transactions", "status", STATUSES)

    def test_codes(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "villages", "village_code", VILLAGE_CODES)
        check(reader, kind, "counties", "county_code", COUNTY_CODES)

    def test_years(self, reader: Reader, kind: str) -> None:
        check(reader, kind, "villages", "year", YEARS)


class TestRulesBetweenColumns:
    """A rule between columns blames `refunded_amount`, `closed_on`, or asks for `paid_at`."""

    @pytest.mark.parametrize("status", COUNTING)
    def test_a_sale_needs_a_payment(self, reader: Reader, status: str) -> None:
        read = reader.csv("transactions", f"1,1,,5,,{status},2019-06-01", f"2,1,NULL,5,,{status.lower()},2019-06-01")
        assert read.reasons == {2: "missing:paid_at", 3: "missing:paid_at"}

    @pytest.mark.parametrize("status", NOT_COUNTING)
    def test_an_order_that_is_no_sale_needs_none(self, reader: Reader, status: str) -> None:
        read = reader.csv("transactions", f"1,1,,5,,{status},2019-06-01", f"2,1,x,5,,{status},2019-06-01")
        assert [row["paid_at"] for row in read.rows] == [None]
        assert read.reasons == {3: "invalid:paid_at"}

    def test_a_refund_is_at_most_the_amount(self, reader: Reader) -> None:
        read = reader.csv(
            "transactions",
            "1,1,2019-01-01,5.00,5.00,TRADE_FINISHED,2019-06-01",
            "2,1,2019-01-01,5.00,5.01,TRADE_FINISHED,2019-06-01",
            "3,1,2019-01-01,0,0.01,TRADE_FINISHED,2019-06-01",
            "4,1,2019-01-01,,0.01,TRADE_FINISHED,2019-06-01",  # no amount to compare with
        )
        assert read.reasons == {3: "invalid:refunded_amount", 4: "invalid:refunded_amount", 5: "missing:amount"}

    def test_a_shop_closes_on_the_day_it_opens_or_later(self, reader: Reader) -> None:
        read = reader.csv(
            "shops",
            "1,taobao,individual,2019-05-06,2019-05-06,,,,,2019-06-01",
            "2,taobao,individual,2019-05-06,2019-05-05,,,,,2019-06-01",
            "3,taobao,individual,2019-05-06 20:00,2019-05-06 10:00,,,,,2019-06-01",  # days are compared, not hours
            "4,taobao,individual,,2019-05-05,,,,,2019-06-01",
        )
        assert read.reasons == {3: "invalid:closed_on", 5: "missing:opened_on"}

    def test_every_reason_in_column_order(self, reader: Reader) -> None:
        read = reader.csv(
            "transactions",
            "x,,2019-13-01,1.234,-1,PAID,",
            ",0,,,,交易成功,2019-06-01",
            "1,1,,5,6,交易成功,yesterday",
        )
        assert read.reasons == {
            2: "invalid:transaction_id;missing:shop_id;invalid:paid_at;invalid:amount;invalid:refunded_amount;"
            "invalid:status;missing:updated_at",
            3: "missing:transaction_id;invalid:shop_id;missing:paid_at;missing:amount",
            4: "missing:paid_at;invalid:refunded_amount;invalid:updated_at",
        }

    def test_reasons_are_in_the_contracts_order_not_the_files(self, reader: Reader) -> None:
        read = reader.csv("counties", "x,0,3717", header="recorded_at,population,county_code")
        assert read.held == "missing required columns: year"
        read = reader.csv("counties", "x,0,3717,1999", header="recorded_at,population,county_code,year")
        assert read.reasons == {2: "invalid:county_code;invalid:year;invalid:population;invalid:recorded_at"}


class TestAnyText:
    """Whatever a value is, its row is accepted or quarantined; only the contract's own forms are accepted."""

    any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.from_regex(
        r"\A[=\"' \t]{0,2}[0-9０-９.,¥￥元:/ TZ+\-年月日eE]{0,20}[\"' ]{0,2}\Z"
    )

    @settings(max_examples=15)
    @given(texts=st.lists(any_text, min_size=10, max_size=60))
    def test_money_is_what_a_careful_reader_says(self, reader: Reader, texts: list[str]) -> None:
        assert read_values(reader, "parquet", "transactions", "amount", texts) == [money(text) for text in texts]

    @settings(max_examples=15)
    @given(texts=st.lists(any_text, min_size=10, max_size=60))
    def test_integers_are_what_a_careful_reader_says(self, reader: Reader, texts: list[str]) -> None:
        assert read_values(reader, "parquet", "transactions", "shop_id", texts) == [integer(text) for text in texts]

    @settings(max_examples=20)
    @given(
        moment=st.datetimes(datetime(2003, 1, 2), datetime(2099, 12, 30)),
        minutes=st.integers(-14 * 60, 14 * 60),
        decimals=st.integers(1, 6),
    )
    def test_an_offset_is_taken_off_and_eight_hours_added(
        self, reader: Reader, moment: datetime, minutes: int, decimals: int
    ) -> None:
        moment = moment.replace(microsecond=moment.microsecond // 10 ** (6 - decimals) * 10 ** (6 - decimals))
        sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
        text = moment.isoformat(" ", "microseconds")[: 20 + decimals] + f"{sign}{hours:02}:{rest:02}"
        want = moment - timedelta(minutes=minutes) + timedelta(hours=8)
        assert read_values(reader, "csv", "transactions", "updated_at", [text]) == [want]


def cleaned(text: str) -> str | None:
    """A text as the contract reads it: NFKC, stripped, unwrapped, null where it means null."""
    import unicodedata

    text = unicodedata.normalize("NFKC", text).strip()
    if len(text) > 2 and text[:2] == '="' and text[-1] == '"':
        text = text[2:-1].strip()
    elif text[:1] == "'":
        text = text[1:].strip()
    return None if text in ("", "NULL", "null", r"\N") else text


def integer(text: str) -> int | str:
    """A whole number above zero, by the contract's words."""
    told = cleaned(text)
    if told is None:
        return MISSING
    right = told.isascii() and told.isdigit() and 0 < int(told) < 2**63
    return int(told) if right else INVALID


def money(text: str) -> Decimal | str:
    """An amount, by the contract's words: taken apart by hand, without a pattern."""
    told = cleaned(text)
    if told is None:
        return MISSING
    told = told.removeprefix("¥").removesuffix("元")
    whole, point, decimals = told.partition(".")
    groups = whole.split(",")
    right = all(part.isascii() and part.isdigit() for part in groups)
    if len(groups) > 1:
        right = right and len(groups[0]) in (1, 2, 3) and all(len(group) == 3 for group in groups[1:])
    if point:
        right = right and decimals.isascii() and decimals.isdigit() and len(decimals) in (1, 2)
    digits = "".join(groups)
    return Decimal(f"{digits}.{decimals or 0}").quantize(Decimal("0.01")) if right and len(digits) <= 16 else INVALID
