"""JSONL: an object a line, keys as CSV headers; numbers, strings and null only. Contract 1, "Records"."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.conftest import Read, Reader

COUNTY: dict[str, Any] = {"county_code": "371721", "year": 2019, "population": 1}


def read(reader: Reader, *lines: str | dict[str, Any], table: str = "counties") -> Read:
    """Reads lines, given as text or as objects."""
    told = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    return reader.read(table, "jsonl", "\n".join(told) + "\n")


def population(reader: Reader, spelled: str) -> Any:
    """What a spelled JSON value gives as a population, or the reason why its line is quarantined."""
    got = read(reader, f'{{"county_code": "371721", "year": 2019, "population": {spelled}}}')
    assert got.segment.rows == 1
    return got.rows[0]["population"] if got.rows else got.reasons[1]


class TestObjects:
    def test_an_object_a_line_from_line_1(self, reader: Reader) -> None:
        got = read(reader, COUNTY, COUNTY | {"population": 0}, COUNTY | {"population": "2"})
        assert [r["population"] for r in got.rows] == [1, 2]
        assert got.reasons == {2: "invalid:population"}

    @pytest.mark.parametrize(
        "line",
        [
            "[]",
            "1",
            '"text"',
            "null",
            "true",
            "{",
            "}",
            "{}}",
            "{} {}",
            "{},",
            "x",
            '{"population": 1',
            '{"population": 1,}',
            "{'population': 1}",
            "{population: 1}",
            '{"population": 01}',
            '{"population": +1}',
            '{"population": .5}',
            '{"population": 1.}',
            '{"population": NaN}',
            '{"population": Infinity}',
            '{"population": "a\tb"}',
            '{"population": "\\x"}',
            '{"population"; 1}',
            '{"a": 1 "b": 2}',
            "county_code,year,population",
        ],
    )
    def test_a_line_that_is_no_object_is_unparseable(self, reader: Reader, line: str) -> None:
        got = read(reader, COUNTY, line, COUNTY | {"population": 3})
        assert [r["population"] for r in got.rows] == [1, 3]
        assert (got.reasons, got.raw) == ({2: "unparseable"}, {2: line})

    def test_an_empty_object_is_a_record_of_nulls(self, reader: Reader) -> None:
        nulls = "missing:county_code;missing:year;missing:population"
        assert read(reader, "{}", " { } ").reasons == {1: nulls, 2: nulls}

    def test_blank_lines_are_no_records_and_still_count(self, reader: Reader) -> None:
        got = reader.read("counties", "jsonl", b"\n" + json.dumps(COUNTY).encode() + b"\r\n  \n\nx\n")
        assert (len(got.rows), got.reasons, got.segment.rows) == (1, {5: "unparseable"}, 2)

    def test_blanks_between_tokens(self, reader: Reader) -> None:
        got = read(reader, '\t{ "county_code" : "371721" ,"year":2019 ,\t"population":1 } ')
        assert [r["population"] for r in got.rows] == [1]

    def test_a_bom_and_gz(self, reader: Reader) -> None:
        import gzip

        assert len(reader.read("counties", "jsonl", "\ufeff" + json.dumps(COUNTY)).rows) == 1
        assert len(reader.read("counties", "jsonl.gz", gzip.compress(json.dumps(COUNTY).encode())).rows) == 1


class TestKeys:
    def test_a_missing_key_is_null(self, reader: Reader) -> None:
        got = read(reader, {"county_code": "371721", "population": 1}, COUNTY, {"year": 2019})
        assert got.reasons == {1: "missing:year", 3: "missing:county_code;missing:population"}

    def test_keys_are_folded_and_aliased_as_headers(self, reader: Reader) -> None:
        got = read(
            reader,
            {"县代码": "371721", " Year ": 2019, "ＰＯＰＵＬＡＴＩＯＮ": 1},
            {"county_code": "371721", "年份": 2019, "人口": 2},
        )
        assert [r["population"] for r in got.rows] == [1, 2]
        assert got.segment.unknown_columns == ()

    def test_escaped_keys(self, reader: Reader) -> None:
        got = read(reader, r'{"\u53bf\u4ee3\u7801": "371721", "ye\u0061r": 2019, "population": 1}')
        assert len(got.rows) == 1

    def test_a_key_that_is_no_valid_text_is_an_unknown_column(self, reader: Reader) -> None:
        got = read(reader, r'{"\ud800": 1, "county_code": "371721", "year": 2019, "population": 1}')
        assert (len(got.rows), len(got.segment.unknown_columns)) == (1, 1)

    def test_keys_in_any_order_and_each_object_its_own(self, reader: Reader) -> None:
        got = read(
            reader, {"population": 1, "year": 2019, "county_code": "371721"}, {"year": 2019, "county_code": "371721", "人口": 2}
        )
        assert [r["population"] for r in got.rows] == [1, 2]

    def test_unknown_keys_of_all_objects_are_listed_and_never_kept(self, reader: Reader) -> None:
        got = read(
            reader, COUNTY | {"收货人姓名": "赵六"}, COUNTY | {"联系手机": 13800138000, "population": "x"}, '{"买家": "王五"} x',
            {"note": {"deep": ["赵六"]}},
        )  # fmt: skip
        assert got.segment.unknown_columns == ("note", "收货人姓名", "联系手机")
        assert got.reasons == {
            2: "invalid:population",
            3: "unparseable",
            4: "missing:county_code;missing:year;missing:population",
        }
        assert json.loads(got.raw[2] or "") == COUNTY | {"population": "x"}
        assert got.raw[3] is None
        told = repr((got, [p.read_bytes() for p in got.folder.iterdir()]))
        assert not re.search("赵六|13800138000|王五", told)

    def test_raw_is_the_line_where_all_columns_are_known(self, reader: Reader) -> None:
        line = '{"county_code":"371721",  "year": 2019, "population": -1.50}'
        assert read(reader, line).raw == {1: line}

    def test_five_names_tell_a_place(self, reader: Reader) -> None:
        got = read(
            reader,
            {"year": 2015, "省": "山东省", "市": "菏泽市", "区/县": "曹县", "镇/乡/街道": "大集镇", "村": "丁楼村"},
            {"year": 2015, "省": "山东省", "市": " 菏泽市 ", "区/县": None, "镇/乡/街道": "大集镇"},
            {"year": 2016, "place": "371721101201"},
            {"year": 2017},
            table="lists",
        )
        assert [(r["year"], r["place"]) for r in got.rows] == [
            (2015, "山东省菏泽市大集镇"),
            (2015, "山东省菏泽市曹县大集镇丁楼村"),
            (2016, "371721101201"),
        ]
        assert got.reasons == {4: "missing:place"}


class TestValues:
    @pytest.mark.parametrize(
        ("spelled", "value"),
        [
            ("1", 1),
            ('"1"', 1),
            (r'"\u0031"', 1),
            (r'"\t1\n"', 1),
            ('" 1 "', 1),
            ('"１"', 1),
            ("9223372036854775807", 9223372036854775807),
            ("9223372036854775808", "invalid:population"),
            ("123456789012345678901234567890", "invalid:population"),
            ("9007199254740993", 9007199254740993),  # 2**53 + 1, which no double is
            ("null", "missing:population"),
            ('""', "missing:population"),
            ('" "', "missing:population"),
            ('"null"', "missing:population"),
            (r'"\\N"', "missing:population"),
            ("true", "invalid:population"),
            ("false", "invalid:population"),
            ('"true"', "invalid:population"),
            ("[]", "invalid:population"),
            ("[1]", "invalid:population"),
            ("{}", "invalid:population"),
            ('{"a": 1}', "invalid:population"),
            ('[{"a": [null, "]}"]}]', "invalid:population"),
            ("-1", "invalid:population"),
            ("1.5", "invalid:population"),
            (r'"1\u0000"', "invalid:population"),
            (r'"\ud800"', "invalid:population"),
            (r'"\ud83c\udfe0"', "invalid:population"),
        ],
    )
    def test_numbers_strings_and_null_only(self, reader: Reader, spelled: str, value: Any) -> None:
        assert population(reader, spelled) == value

    @pytest.mark.parametrize("spelled", ["true", "false", "[]", "[1]", "{}", '{"a": "b"}', "[null]"])
    def test_also_in_columns_of_texts(self, reader: Reader, spelled: str) -> None:
        shop = (
            '{"shop_id": 1, "platform": 1688, "shop_type": "individual", "opened_on": "2010-01-01", "recorded_at": "2015-01-01", '
        )
        assert read(reader, f'{shop}"household_id": {spelled}}}', table="shops").reasons == {1: "invalid:household_id"}

    def test_a_number_in_a_column_of_texts_is_its_digits(self, reader: Reader) -> None:
        shop = {
            "shop_id": 1,
            "platform": 1688,
            "shop_type": "individual",
            "opened_on": "2010-01-01",
            "recorded_at": 1557097689000,
        }
        got = read(reader, shop | {"household_id": 7, "ship_from_address": 371721101201}, table="shops")
        assert [(r["platform"], r["household_id"], r["ship_from_address"]) for r in got.rows] == [("1688", "7", "371721101201")]

    @pytest.mark.parametrize(
        ("spelled", "value"),
        [
            ("12.5", Decimal("12.50")),
            ("12", Decimal("12.00")),
            ("0.1", Decimal("0.10")),
            ("1234567890123456.78", Decimal("1234567890123456.78")),  # more digits than a double has
            ('"1,234.5"', Decimal("1234.50")),
            ("12.345", None),
            ("1e5", None),
            ("1E+2", None),
            ("-0", None),
        ],
    )
    def test_an_amount_keeps_every_digit(self, reader: Reader, spelled: str, value: Decimal | None) -> None:
        line = '{"tid": 1, "shop_id": 1, "paid_at": "2019-05-01", "status": "交易成功", "modified": "2019-06-01", "payment": %s}'
        got = read(reader, line % spelled, table="transactions")
        assert [r["amount"] for r in got.rows] == ([] if value is None else [value])
        assert got.reasons == ({1: "invalid:amount"} if value is None else {})

    def test_only_known_columns_are_judged(self, reader: Reader) -> None:
        got = read(reader, COUNTY | {"other": [1, {"a": None}], "more": True, "shop_id": {"x": 1}})
        assert len(got.rows) == 1

    def test_escapes_in_texts(self, reader: Reader) -> None:
        shop = r'{"shop_id": 1, "platform": "taobao", "shop_type": "individual", "opened_on": "2010-01-01", "recorded_at": "2015-01-01", '
        line = shop + r'"household_id": "\"\\\/\b\u6237\ud83c\udfe0 {:,}"}'
        (row,) = read(reader, line, table="shops").rows
        assert row["household_id"] == '"\\/\b户🏠 {:,}'


# ---------------------------------------------------------------- properties
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 3000), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=6),
    st.sampled_from(["371721", "2019", "1", "", "null", "{", "}", '"', "\\", ":", ",", "\0", "\ud800"]),
)  # fmt: skip
values = st.one_of(scalars, st.lists(scalars, max_size=2), st.dictionaries(st.text(max_size=2), scalars, max_size=2))
keys = st.sampled_from(["county_code", "year", "population", "年份", "x", "", "{", '"', "\\", "收货人"]) | st.text(max_size=3)
objects = st.dictionaries(keys, values, max_size=6)


class TestAnyLine:
    @settings(max_examples=30)
    @given(lines=st.lists(st.one_of(objects, st.text(max_size=12)), min_size=1, max_size=8), ascii_only=st.booleans())
    def test_every_line_is_a_record_or_blank(self, reader: Reader, lines: list[Any], ascii_only: bool) -> None:
        texts = [
            line.replace("\n", " ").encode("utf-8", "replace").decode()
            if isinstance(line, str)
            else json.dumps(line, ensure_ascii=ascii_only).encode("utf-8", "replace").decode()
            for line in lines
        ]
        got = reader.read("counties", "jsonl", "\n".join([*texts, ""]))
        for number, line in enumerate(texts, 1):
            if is_object(line):
                assert got.reasons.get(number) != "unparseable", line
            elif line.strip():
                assert got.reasons[number] == "unparseable", line
        assert got.segment.rows == sum(bool(line.strip()) for line in texts)

    @settings(max_examples=15)
    @given(rows=st.lists(st.tuples(*[st.text("0123456789３ '=\".-", max_size=6)] * 3), min_size=1, max_size=8))
    def test_an_object_of_texts_reads_as_the_line_of_a_csv(self, reader: Reader, rows: list[tuple[str, ...]]) -> None:
        header = ["county_code", "year", "population"]
        csv, jsonl = (reader.rows("counties", kind, header, rows) for kind in ("quoted.csv", "jsonl"))
        assert csv.rows == jsonl.rows
        assert csv.reasons == {line + 1: reason for line, reason in jsonl.reasons.items()}


def is_object(line: str) -> bool:
    """Whether a line is a JSON object (RFC 8259, which has no NaN)."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return isinstance(json.loads(line, parse_constant=refuse), dict)
    except ValueError:
        return False
