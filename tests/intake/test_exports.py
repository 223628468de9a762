"""A seller's own export is a transactions file as it stands, and nothing of its buyers is kept. Contract 1, "Records".

`order-export-headers.json` beside this file holds the headers of the exports of every vintage, as sellers posted them.
"""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Read, Reader

HEADERS: dict[str, Any] = json.loads(Path(__file__).with_name("order-export-headers.json").read_text(encoding="utf-8"))
VINTAGES = {vintage["vintage"]: vintage["columns"] for vintage in HEADERS["ExportOrderList"]}

KEPT = {
    "订单编号": '"=""1905050000000000017"""',  # ="…", as the export protects long numbers, quoted as CSV
    "店铺Id": "7",
    "买家实际支付金额": "12.50",
    "订单状态": '"卖家已发货，等待买家确认"',
    "订单创建时间": "2019-05-05 23:59:59",
    "订单付款时间": "2019-05-06 00:00:05",
    "确认收货时间": "2019-05-16 10:00:00",
    "退款金额": "无退款申请",
}
"""What the columns that are kept hold in the tests; every other one holds a secret."""
SECRET = "私密"


def export(columns: list[str], **other: str) -> str:
    """A file with these columns and one row."""
    told = KEPT | other
    row = [told.get(name.strip(), f"{SECRET}{i}号") for i, name in enumerate(columns)]
    return ",".join(columns) + "\n" + ",".join(row) + "\n"


@pytest.fixture(params=list(VINTAGES))
def columns(request: pytest.FixtureRequest) -> list[str]:
    """The header of a vintage."""
    return list(VINTAGES[request.param])


def test_the_vintages_have_41_to_71_columns() -> None:
    assert (min(map(len, VINTAGES.values())), max(map(len, VINTAGES.values()))) == (41, 71)


class TestEveryVintage:
    def test_its_row_is_an_order(self, reader: Reader, columns: list[str]) -> None:
        read = reader.read("transactions", "csv", export(columns).encode("gb18030"))
        assert (read.held, read.reasons, read.segment.encoding) == (None, {}, "gb18030")
        received = any(name.strip() == "确认收货时间" for name in columns)  # the eldest vintage lacks it
        assert read.rows == [
            {
                "transaction_id": 1905050000000000017,
                "shop_id": 7,
                "paid_at": datetime(2019, 5, 6, 0, 0, 5),
                "amount": Decimal("12.50"),
                "refunded_amount": Decimal("0.00"),
                "status": "WAIT_BUYER_CONFIRM_GOODS",
                "updated_at": datetime(2019, 5, 16, 10) if received else datetime(2019, 5, 6, 0, 0, 5),
            }
        ]

    def test_all_other_columns_are_unknown(self, reader: Reader, columns: list[str]) -> None:
        read = reader.read("transactions", "csv", export(columns))
        assert list(read.segment.unknown_columns) == sorted({name.strip() for name in columns} - set(KEPT))

    def test_no_file_of_the_segment_tells_of_buyers(self, reader: Reader, columns: list[str]) -> None:
        spoilt = export(columns, 买家实际支付金额="12.345")
        broken = export(columns, 订单编号='"open')
        for content in (export(columns), spoilt, broken):
            read = reader.read("transactions", "csv", content.encode("gb18030"))
            files = [path for path in read.folder.rglob("*") if path.is_file()]
            told = b"".join(path.read_bytes() for path in files) + repr((read.rows, read.raw, read.segment)).encode()
            assert len(files) >= 2
            assert SECRET.encode() not in told
            assert SECRET.encode("gb18030") not in told

    def test_a_spoilt_row_keeps_its_known_columns(self, reader: Reader, columns: list[str]) -> None:
        read = reader.read("transactions", "csv", export(columns, 买家实际支付金额="12.345"))
        assert read.reasons == {2: "invalid:amount"}
        told = json.loads(read.raw[2] or "")
        assert {name.strip() for name in told} == set(KEPT) & {name.strip() for name in columns}
        assert {name.strip(): value for name, value in told.items()}["买家实际支付金额"] == "12.345"

    def test_as_a_workbook(self, reader: Reader, columns: list[str]) -> None:
        cells = {name: value.strip('"').replace('""', '"') for name, value in KEPT.items()} | {
            "订单编号": '="1905050000000000017"'
        }
        row = [cells.get(name.strip(), SECRET) for name in columns]
        read = reader.read("transactions", "xlsx", reader.workbook([columns, row]))
        assert [r["transaction_id"] for r in read.rows] == [1905050000000000017]


class TestUpdatedAt:
    """Where no column means `updated_at`, it is the latest of the three times; a malformed one makes it invalid."""

    COLUMNS = "订单编号,店铺Id,买家实际支付金额,订单状态"

    def read(self, reader: Reader, columns: str, *lines: str) -> Read:
        lines = tuple(f"{number},7,5,交易成功,{line}" for number, line in enumerate(lines, 1))
        return reader.csv("transactions", *lines, header=f"{self.COLUMNS},{columns}")

    def test_the_latest_counts(self, reader: Reader) -> None:
        read = self.read(
            reader,
            "订单创建时间,订单付款时间,确认收货时间",
            "2019-01-01,2019-01-02,2019-01-03",
            "2019-01-03,2019-01-02,2019-01-01",
            "2019-01-01,2019-01-03 00:00,2019/1/2 23:59:59",
            "2019-01-01,2019-01-02,",
            ",2019-01-02,NULL",
            "2019-01-02 17:00Z,2019-01-02,2019-01-03 00:59",  # 17:00 UTC is 01:00 of the next day
        )
        assert [row["updated_at"] for row in read.rows] == [
            *[datetime(2019, 1, 3)] * 3, datetime(2019, 1, 2), datetime(2019, 1, 2), datetime(2019, 1, 3, 1)
        ]  # fmt: skip

    def test_a_malformed_one_makes_it_invalid(self, reader: Reader) -> None:
        read = self.read(
            reader,
            "订单创建时间,订单付款时间,确认收货时间",
            "x,2019-01-02,2019-01-03",
            "2019-01-01,2019-01-02,2019-02-30",
            "2019-01-01,x,2019-01-03",
            "1999-01-01,2019-01-02,2019-01-03",  # out of range is malformed, too
        )
        assert read.reasons == {
            2: "invalid:updated_at",
            3: "invalid:updated_at",
            4: "invalid:paid_at;invalid:updated_at",
            5: "invalid:updated_at",
        }

    def test_none_of_them_is_missing(self, reader: Reader) -> None:
        read = self.read(reader, "订单创建时间,订单付款时间,确认收货时间", ",,")
        assert read.reasons == {2: "missing:paid_at;missing:updated_at"}

    def test_one_of_the_columns_is_enough(self, reader: Reader) -> None:
        read = self.read(reader, "订单付款时间", "2019-01-02 10:00:00")
        assert [(row["paid_at"], row["updated_at"]) for row in read.rows] == [(datetime(2019, 1, 2, 10),) * 2]

    def test_without_any_the_file_is_held(self, reader: Reader) -> None:
        assert self.read(reader, "付款时间", "2019-01-02").held == "missing required columns: updated_at"

    def test_a_column_that_means_updated_at_counts_alone(self, reader: Reader) -> None:
        read = self.read(reader, "订单创建时间,订单付款时间,确认收货时间,更新时间", "x,2019-01-02,y,2019-01-01")
        assert [row["updated_at"] for row in read.rows] == [datetime(2019, 1, 1)]
        assert read.segment.unknown_columns == ("确认收货时间", "订单创建时间")


class TestOtherExports:
    """Exports that do not tell a shop or a state are no transactions: they are held, and say what is missing."""

    @pytest.mark.parametrize("name", ["ExportOrderDetailList", "1688OrderExport", "AlipayRecord"])
    def test_they_are_held(self, reader: Reader, name: str) -> None:
        for vintage in HEADERS[name]:
            held = reader.read("transactions", "csv", export(vintage["columns"])).held or ""
            assert held.startswith("missing required columns: ")
            assert "shop_id" in held


class TestRefunds:
    @pytest.mark.parametrize(
        ("spelled", "refund"),
        [("无退款申请", "0.00"), (" 无退款申请\t", "0.00"), ("", "0.00"), ("3.20", "3.20"), ("12.50", "12.50")],
    )
    def test_a_refund(self, reader: Reader, spelled: str, refund: str) -> None:
        read = reader.read("transactions", "csv", export(VINTAGES["2019"], 退款金额=spelled))
        assert [row["refunded_amount"] for row in read.rows] == [Decimal(refund)]

    @pytest.mark.parametrize("spelled", ["12.51", "退款中", "无"])
    def test_no_refund(self, reader: Reader, spelled: str) -> None:
        read = reader.read("transactions", "csv", export(VINTAGES["2019"], 退款金额=spelled))
        assert read.reasons == {2: "invalid:refunded_amount"}
