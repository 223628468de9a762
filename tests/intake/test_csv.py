"""CSV: fields, quotes, columns, line numbers. Contract 1, "Records": RFC 4180 within a line, a record is one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.conftest import Read, Reader

COUNTIES = "county_code,year,population"
SHOPS = (
    "shop_id,platform,shop_type,opened_on,closed_on,registered_address,ship_from_address,receive_address,household_id,recorded_at"
)


def household(reader: Reader, spelled: str) -> Any:
    """What a field gives as a shop's household_id, or the reason why its line is quarantined."""
    read = reader.csv("shops", f"1,taobao,individual,2010-01-01,,,,,{spelled},2015-01-01", header=SHOPS)
    assert read.segment.rows == 1
    return read.rows[0]["household_id"] if read.rows else read.reasons[2]


class TestFields:
    """RFC 4180: a field that begins with a quote ends with one, and holds commas and doubled quotes."""

    @pytest.mark.parametrize(
        ("spelled", "value"),
        [
            ("H1", "H1"),
            ('"H1"', "H1"),
            ('"H,1"', "H,1"),
            ('"H""1"', 'H"1'),
            ('""""', '"'),
            ('""', None),
            ('" H1 "', "H1"),
            ('"","', "unparseable"),
            # a quote inside an unquoted field is text
            ('H"1', 'H"1'),
            ('H"1"', 'H"1"'),
            ('="H1"', "H1"),
            ("'H\"1", 'H"1'),
            # so is one after a blank: the field does not begin with it
            (' "H1"', '"H1"'),
            # text after a closing quote, and a quote left open, spoil the line
            ('"H1"x', "unparseable"),
            ('"H1" ', "unparseable"),
            ('"H1""', "unparseable"),
            ('"H1', "unparseable"),
            ('"', "unparseable"),
            ('"H"1"', "unparseable"),
            ('"="H1""', "unparseable"),
            ('"=""H1"""', "H1"),  # ="H1", quoted as a spreadsheet writes it
            # nothing else is special
            (r"H\1", r"H\1"),
            (r"\"H1\"", r"\"H1\""),
            ("H#1", "H#1"),
            ("#H1", "#H1"),
            ("'H1'", "H1'"),
            ("H;1", "H;1"),
            ("H\t1", "H\t1"),
        ],
    )
    def test_a_field(self, reader: Reader, spelled: str, value: str | None) -> None:
        assert household(reader, spelled) == value

    def test_a_quote_left_open_spoils_its_own_line_alone(self, reader: Reader) -> None:
        read = reader.csv(
            "counties", "371721,2019,1", '371721,2019,"2', "371721,2019,3", '371721,"2019,4', '371721,2019,"5"', header=COUNTIES
        )
        assert [r["population"] for r in read.rows] == [1, 3, 5]
        assert read.reasons == {3: "unparseable", 5: "unparseable"}

    def test_a_quoted_field_holds_no_line_break(self, reader: Reader) -> None:
        read = reader.csv("counties", '"371721",2019,"1', '2"', "371721,2019,3", header=COUNTIES)
        assert [r["population"] for r in read.rows] == [3]
        assert read.reasons == {2: "unparseable", 3: "unparseable"}

    @pytest.mark.parametrize(
        "line", ["371721,2019", "371721,2019,1,", "371721,2019,1,1", "371721", "371721;2019;1", '"371721,2019,1"']
    )
    def test_more_or_fewer_fields_than_the_header(self, reader: Reader, line: str) -> None:
        read = reader.csv("counties", "371721,2019,1", line, "371721,2019,2", header=COUNTIES)
        assert [r["population"] for r in read.rows] == [1, 2]
        assert (read.reasons, read.raw) == ({3: "unparseable"}, {3: line})

    def test_commas_alone_are_a_record(self, reader: Reader) -> None:
        read = reader.csv("counties", ",,", " ,\t, ", '"","",""', ",", header=COUNTIES)
        nulls = "missing:county_code;missing:year;missing:population"
        assert read.reasons == {2: nulls, 3: nulls, 4: nulls, 5: "unparseable"}

    def test_a_pair_of_quotes_alone_is_a_record_of_one_field(self, reader: Reader) -> None:
        assert reader.csv("counties", '""', header=COUNTIES).reasons == {2: "unparseable"}


class TestHeader:
    def test_columns_in_any_order(self, reader: Reader) -> None:
        read = reader.csv("counties", "1,371721,2019", header="population,county_code,year")
        assert read.rows == [{"county_code": "371721", "year": 2019, "population": 1, "recorded_at": None}]

    @pytest.mark.parametrize(
        "header",
        [
            '"county_code","year","population"',
            " county_code ,\tYear,POPULATION",
            "县代码,年份,人口",
            '"县代码",ｙｅａｒ,population',
        ],
    )
    def test_names_are_folded(self, reader: Reader, header: str) -> None:
        read = reader.csv("counties", "371721,2019,1", header=header)
        assert (len(read.rows), read.segment.unknown_columns) == (1, ())

    def test_a_missing_required_column_is_held(self, reader: Reader) -> None:
        read = reader.csv("counties", "371721,1", header="county_code,population")
        assert (read.held, read.rows, read.reasons) == ("missing required columns: year", [], {})
        read = reader.csv("transactions", "1", header="transaction_id")
        assert read.held == "missing required columns: amount shop_id status updated_at"

    def test_a_missing_optional_column_is_null_throughout(self, reader: Reader) -> None:
        read = reader.csv(
            "transactions", "1,7,2019-01-01,5,交易成功,2019-06-01", header="tid,shop_id,paid_at,amount,status,modified"
        )
        assert [(r["transaction_id"], r["refunded_amount"]) for r in read.rows] == [(1, 0)]
        read = reader.csv("villages", "371721101201,2019,100", header="village_code,year,households")
        assert [(r["population"], r["recorded_at"]) for r in read.rows] == [(None, None)]

    def test_a_file_without_paid_at_has_orders_but_no_sales(self, reader: Reader) -> None:
        read = reader.csv(
            "transactions", "1,7,5,WAIT_BUYER_PAY,2019-06-01", "2,7,5,TRADE_FINISHED,2019-06-01",
            header="transaction_id,shop_id,amount,status,updated_at",
        )  # fmt: skip
        assert [r["transaction_id"] for r in read.rows] == [1]
        assert read.reasons == {3: "missing:paid_at"}

    @pytest.mark.parametrize("twice", ["year,年份", "year,year", "year,YEAR", "year, year"])
    def test_two_columns_that_mean_the_same_are_held(self, reader: Reader, twice: str) -> None:
        read = reader.csv("counties", "371721,1,2019,2019", header=f"county_code,population,{twice}")
        assert read.held == "two columns mean the same: year"

    def test_a_column_of_another_table_is_unknown(self, reader: Reader) -> None:
        read = reader.csv("counties", "371721,2019,1,7,99", header=f"{COUNTIES},shop_id,户数")
        assert (len(read.rows), read.segment.unknown_columns) == (1, ("shop_id", "户数"))


class TestUnknownColumns:
    """They are listed, and their content is kept nowhere."""

    HEADER = "买家会员名,county_code,year, 收货人姓名 ,population,联系手机"

    def read(self, reader: Reader, *lines: str) -> Read:
        return reader.csv("counties", *lines, header=self.HEADER)

    def test_they_are_listed_once_each(self, reader: Reader) -> None:
        read = self.read(reader, "王五,371721,2019,赵六,1,13800138000")
        assert read.segment.unknown_columns == ("买家会员名", "收货人姓名", "联系手机")
        assert reader.csv("counties", "371721,2019,1,2,3", header=f"{COUNTIES},x,x").segment.unknown_columns == ("x",)

    def test_raw_is_a_json_object_of_the_known_columns(self, reader: Reader) -> None:
        read = self.read(reader, '王五,3717,2019,赵六," 1,000 ",13800138000', "王五,371721,2019,赵六,,13800138000")
        assert read.reasons == {2: "invalid:county_code;invalid:population", 3: "missing:population"}
        told = [json.loads(read.raw[line] or "") for line in (2, 3)]
        assert told[0] == {"county_code": "3717", "year": "2019", "population": " 1,000 "}
        assert {k: v or None for k, v in told[1].items()} == {"county_code": "371721", "year": "2019", "population": None}

    def test_raw_of_an_unparseable_line_is_null(self, reader: Reader) -> None:
        read = self.read(reader, "王五,371721,2019", '王五,371721,2019,"赵六,1,13800138000', "\ufffd王五")
        assert read.reasons == {2: "unparseable", 3: "unparseable", 4: "unparseable"}
        assert read.raw == {2: None, 3: None, 4: None}

    def test_raw_of_a_line_that_does_not_decode_is_null(self, reader: Reader) -> None:
        content = f"{self.HEADER}\n".encode() + b"\xff\xfe,371721,2019,x,1,y\n"
        read = reader.read("counties", "csv", content)
        assert (read.reasons, read.raw) == ({2: "unparseable"}, {2: None})

    def test_no_file_of_the_segment_holds_their_content(self, reader: Reader) -> None:
        lines = ["王五,371721,2019,赵六,1,13800138000", "王五,3717,2019,赵六,x,13800138000", "王五,371721,2019,赵六"] * 50
        read = self.read(reader, *lines)
        told = read.segment, read.rows, read.reasons, read.raw, [p.read_bytes() for p in read.folder.iterdir()]
        for secret in ("王五", "赵六", "13800138000"):
            assert secret not in repr(told)
            assert secret.encode() not in b"".join(told[-1])

    def test_a_file_of_known_columns_keeps_the_line_as_delivered(self, reader: Reader) -> None:
        line = ' 3717 ,"2019", １ '
        read = reader.csv("counties", line, "371721,2019,x\t", header=COUNTIES)
        assert read.raw == {2: line, 3: "371721,2019,x\t"}


class TestLineNumbers:
    def test_they_count_physical_lines_with_header_and_blank_ones(self, reader: Reader) -> None:
        read = reader.read("counties", "csv", f"\n\n{COUNTIES}\n\n371721,2019,1\nx\n\n371721,2019,y\n371721,2019,2\n\n,,\n")
        assert [r["population"] for r in read.rows] == [1, 2]
        nulls = "missing:county_code;missing:year;missing:population"
        assert read.reasons == {6: "unparseable", 8: "invalid:population", 11: nulls}

    def test_rows_are_accepted_and_quarantined_ones(self, reader: Reader) -> None:
        segment = reader.csv("counties", "371721,2019,1", "x", "", "371721,2019,y", ",,", header=COUNTIES).segment
        assert (segment.rows, segment.accepted, segment.quarantined) == (4, 1, 3)


# ---------------------------------------------------------------- properties
ORDERS = "transaction_id,shop_id,paid_at,amount,refunded_amount,status,updated_at"
FIELDS = [
    ["1", "2", "３", "'4", "", "x", "0", " 5", '="6"'],
    ["1", "2", "", "-1", "7 "],
    ["2019-05-01 10:00:00", "2019-05-01", "2019/5/1 7:08", "", "2019-02-30", "1557097689000", "2019-05-01T00:00:00Z"],
    ["5", "5.00", "¥5.1", "5.123", "", "0", "5元", "１２"],
    ["", "0", "5.00", "99", "无退款申请", "-1", "NULL"],
    ["TRADE_FINISHED", "trade_finished", "交易成功", "WAIT_BUYER_PAY", "PAID", "", "买家已付款"],
    ["2019-06-01 00:00:00", "2019-6-1", "", "later", "2019-06-01 07:08:09.25"],
]
orders = st.tuples(*(st.sampled_from(values) for values in FIELDS)).map(list)
exact = ["1", "2", "2019-05-01 10:00:00", "5.00", "0.00", "TRADE_FINISHED", "2019-06-01 00:00:00"]
files = st.lists(
    st.one_of(orders, st.just(exact), st.sampled_from([["x"], [""], [" "], [""] * 7, ["1"] * 8])), min_size=1, max_size=25
)


def text(rows: list[list[str]], end: str = "\n") -> str:
    return "".join(",".join(row) + end for row in [ORDERS.split(","), *rows])


class TestTheSameRowsHoweverTheyAreRead:
    """A row's fate depends on its own text and its file's header, never on its neighbours."""

    @settings(max_examples=25)
    @given(rows=files, data=st.data())
    def test_quoting_one_field_changes_nothing(self, reader: Reader, rows: list[list[str]], data: st.DataObject) -> None:
        at = data.draw(st.integers(0, len(rows) - 1))
        field = data.draw(st.integers(0, len(rows[at]) - 1))
        quoted = [list(row) for row in rows]
        quoted[at][field] = '"' + rows[at][field].replace('"', '""') + '"'
        plain, other = (reader.read("transactions", "csv", text(some)) for some in (rows, quoted))
        was_blank = not ",".join(rows[at]).strip()  # "" alone is a record, a blank line is none
        assert plain.rows == other.rows
        assert plain.reasons == {k: v for k, v in other.reasons.items() if not was_blank or k != at + 2}

    @settings(max_examples=15)
    @given(rows=files, some=st.integers(990, 1_010), crlf=st.booleans())
    def test_a_thousand_right_rows_before_them_change_nothing(
        self, reader: Reader, rows: list[list[str]], some: int, crlf: bool
    ) -> None:
        end = "\r\n" if crlf else "\n"
        few, many = (reader.read("transactions", "csv", text(before + rows, end)) for before in ([], [exact] * some))
        assert {line + some: reason for line, reason in few.reasons.items()} == many.reasons
        assert {line + some: raw for line, raw in few.raw.items()} == many.raw
        assert sorted(map(repr, few.rows + [rows_of_exact()] * some)) == sorted(map(repr, many.rows))

    @settings(max_examples=6)
    @given(rows=files)
    def test_every_row_by_itself(self, reader: Reader, rows: list[list[str]]) -> None:
        together = reader.read("transactions", "csv", text(rows))
        alone = [reader.read("transactions", "csv", text([row])) for row in rows[:5]]
        for number, read in enumerate(alone, 2):
            assert read.reasons.get(2) == together.reasons.get(number)
        assert together.segment.rows == sum(bool(",".join(row).strip()) for row in rows)

    @settings(max_examples=15)
    @given(rows=files, kind=st.sampled_from(["csv.gz", "csv.zst"]), data=st.data())
    def test_packed_or_with_crlf_or_a_column_moved(
        self, reader: Reader, rows: list[list[str]], kind: str, data: st.DataObject
    ) -> None:
        rows = [row for row in rows if len(row) == 7]
        order = data.draw(st.permutations(range(7)))
        moved = [[row[i] for i in order] for row in [ORDERS.split(","), *rows]]
        plain = reader.read("transactions", "csv", text(rows))
        other = reader.rows("transactions", kind, moved[0], moved[1:])
        assert (plain.rows, plain.reasons) == (other.rows, other.reasons)


def rows_of_exact() -> dict[str, Any]:
    """What the exactly spelled row gives."""
    from datetime import datetime
    from decimal import Decimal

    return {
        "transaction_id": 1,
        "shop_id": 2,
        "paid_at": datetime(2019, 5, 1, 10),
        "amount": Decimal("5.00"),
        "refunded_amount": Decimal("0.00"),
        "status": "TRADE_FINISHED",
        "updated_at": datetime(2019, 6, 1),
    }
