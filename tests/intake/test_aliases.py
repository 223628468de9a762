"""The alias table: data, in one file that users extend. Contract 1, "Records"."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.intake import AliasError, load_aliases

if TYPE_CHECKING:
    from tests.conftest import Reader

ROWS = {
    "shops": {
        "shop_id": "1",
        "platform": "淘宝",
        "shop_type": "个人",
        "opened_on": "2010-01-01",
        "closed_on": "2019-01-01",
        "registered_address": "a",
        "ship_from_address": "b",
        "receive_address": "c",
        "household_id": "d",
        "recorded_at": "2015-01-01",
    },
    "transactions": {
        "transaction_id": "1",
        "shop_id": "1",
        "paid_at": "2019-01-01",
        "amount": "5",
        "refunded_amount": "1",
        "status": "交易成功",
        "updated_at": "2019-01-01",
    },
    "villages": {
        "village_code": "371721101201",
        "year": "2019",
        "households": "2",
        "population": "3",
        "recorded_at": "2019-01-01",
    },
    "counties": {"county_code": "371721", "year": "2019", "population": "3", "recorded_at": "2019-01-01"},
    "lists": {"year": "2019", "place": "曹县"},
}

# The names that the contract lists.
SHIPPED = """
shops: 店铺编号 店铺ID 店铺Id→shop_id; 平台→platform; 店铺类型→shop_type; 开店日期 开通时间→opened_on; 关店日期→closed_on;
    注册地址→registered_address; 发货地址→ship_from_address; 收货地址→receive_address; 户号→household_id; 采集时间→recorded_at
transactions: 订单编号 交易编号 tid→transaction_id; 店铺编号 店铺ID 店铺Id→shop_id; 付款时间 支付时间 订单付款时间 pay_time→paid_at;
    金额 交易金额 买家实际支付金额 payment→amount; 退款金额→refunded_amount; 订单状态 交易状态→status; 更新时间 modified→updated_at
villages: 村代码→village_code; 年份→year; 户数→households; 人口→population; 采集时间→recorded_at
counties: 县代码→county_code; 年份→year; 人口→population; 采集时间→recorded_at
lists: 年份→year
"""


def shipped() -> list[tuple[str, str, str]]:
    """(table, name, column) of every name that the contract lists."""
    found = []
    for paragraph in SHIPPED.replace("\n    ", " ").strip().splitlines():
        table, _, rest = paragraph.partition(": ")
        for names, column in (entry.split("→") for entry in rest.split("; ")):
            found += [(table, name, column) for name in names.split()]
    return found


@pytest.mark.parametrize(("table", "name", "column"), shipped())
def test_the_names_of_the_contract(reader: Reader, table: str, name: str, column: str) -> None:
    own = reader.csv(table, ",".join(ROWS[table].values()), header=",".join(ROWS[table]))
    renamed = [name if known == column else known for known in ROWS[table]]
    read = reader.csv(table, ",".join(ROWS[table].values()), header=",".join(renamed))
    assert (read.rows, read.segment.unknown_columns) == (own.rows, ())
    assert len(read.rows) == 1


def test_addresses_are_columns_of_shops_only(reader: Reader) -> None:
    row = ROWS["transactions"] | {"收货地址": "x", "注册地址": "y"}
    read = reader.csv("transactions", ",".join(row.values()), header=",".join(row))
    assert (len(read.rows), read.segment.unknown_columns) == (1, ("收货地址", "注册地址"))


@pytest.mark.parametrize("names", ["省,市,区/县,镇/乡/街道,村", "市,省,村,镇/乡/街道,区/县", "province,City,COUNTY,town,village"])
def test_five_names_tell_a_place_in_the_contracts_order(reader: Reader, names: str) -> None:
    told = dict(zip("省 市 区/县 镇/乡/街道 村".split(), "山东省 菏泽市 曹县 大集镇 丁楼村".split(), strict=True))
    told |= dict(zip("province City COUNTY town village".split(), told.values(), strict=True))
    read = reader.csv("lists", "2015," + ",".join(told[name] for name in names.split(",")), header=f"年份,{names}")
    assert [(row["year"], row["place"]) for row in read.rows] == [(2015, "山东省菏泽市曹县大集镇丁楼村")]
    assert read.segment.unknown_columns == ()


def test_fewer_than_five_names_tell_no_place(reader: Reader) -> None:
    read = reader.csv("lists", "2015,山东省,菏泽市,曹县,大集镇", header="year,省,市,区/县,镇/乡/街道")
    assert read.held == "missing required columns: place"


def test_two_names_of_one_level_are_held(reader: Reader) -> None:
    read = reader.csv("lists", "2015,1,2,3,4,5,6", header="year,省,province,市,区/县,镇/乡/街道,村")
    assert (read.held or "").startswith("two columns mean the same")


class TestExtending:
    """One line, one more name."""

    def test_a_header(self, reader_with: Callable[..., Reader]) -> None:
        reader = reader_with('县代码", "行政区划代码"', instead_of='县代码"')
        read = reader.csv("counties", "371721,2019,1", header=" 行政区划代码,year,population")
        assert len(read.rows) == 1

    def test_a_value(self, reader_with: Callable[..., Reader]) -> None:
        reader = reader_with('淘宝", "C店"', instead_of='淘宝"')
        row = ROWS["shops"] | {"platform": "ｃ店"}
        assert [r["platform"] for r in reader.csv("shops", ",".join(row.values()), header=",".join(row)).rows] == ["taobao"]

    @pytest.mark.parametrize("spelled", ["Straße", "STRASSE", "strasse", "ＳＴＲＡßE"])
    def test_values_are_case_folded(self, reader_with: Callable[..., Reader], spelled: str) -> None:
        reader = reader_with('淘宝", "Straße"', instead_of='淘宝"')
        row = ROWS["shops"] | {"platform": spelled}
        assert [r["platform"] for r in reader.csv("shops", ",".join(row.values()), header=",".join(row)).rows] == ["taobao"]

    @pytest.mark.parametrize("spelled", ["Straße", "STRASSE", "strasse", "ＳＴＲＡßE"])
    def test_headers_are_case_folded(self, reader_with: Callable[..., Reader], spelled: str) -> None:
        reader = reader_with('县代码", "Straße"', instead_of='县代码"')
        assert len(reader.csv("counties", "371721,2019,1", header=f"{spelled},year,population").rows) == 1

    def test_a_null(self, reader_with: Callable[..., Reader]) -> None:
        reader = reader_with('无退款申请", "—", "-"', instead_of='无退款申请"')
        lines = [",".join((ROWS["transactions"] | {"refunded_amount": told}).values()) for told in ("—", "-", "－", "x")]
        read = reader.csv("transactions", *lines, header=",".join(ROWS["transactions"]))
        assert [row["refunded_amount"] for row in read.rows] == [0, 0, 0]
        assert read.reasons == {5: "invalid:refunded_amount"}

    def test_a_null_of_a_required_column_is_missing(self, reader_with: Callable[..., Reader]) -> None:
        reader = reader_with('[nulls]\nhouseholds = ["未知"]', instead_of="[nulls]")
        row = ROWS["villages"] | {"households": "未知"}
        read = reader.csv("villages", ",".join(row.values()), header=",".join(row))
        assert read.reasons == {2: "missing:households"}

    def test_a_time_that_tells_updated_at(self, reader_with: Callable[..., Reader]) -> None:
        reader = reader_with('确认收货时间", "发货时间"', instead_of='确认收货时间"')
        read = reader.csv("transactions", "1,1,5,交易关闭,2019-01-05", header="tid,shop_id,payment,订单状态,发货时间")
        assert [row["updated_at"].isoformat() for row in read.rows] == ["2019-01-05T00:00:00"]

    def test_another_table_is_another_reader(self, reader: Reader, reader_with: Callable[..., Reader]) -> None:
        other = reader_with("\n# a comment\n")
        names = {one.csv("counties", "371721,2019,1").segment.name for one in (reader, other)}
        assert len(names) == 2


class TestWrongTables:
    """Nothing can be read with a wrong table: AliasError, with the file."""

    @pytest.mark.parametrize(
        "text",
        [
            "[columns",
            '[columns]\nshop_id = ["店"]\nshop_id = ["铺"]',
            '[columns]\nno_column = ["x"]',
            '[colums]\nshop_id = ["店"]',
            '[columns]\namount = ["钱"]\nrefunded_amount = ["钱"]',
            '[columns]\namount = ["Shop_ID"]',  # the column answers to its own name
            '[columns]\namount = [" ＳＨＯＰ_ID "]',
            '[values.platform]\ntaobao = ["淘"]\ntmall = ["淘"]',
            '[values.platform]\ntaobao = ["TMALL"]\ntmall = []',
            '[place_names]\n"省" = ["市"]',
            "[columns]\namount = [1]",
        ],
    )
    def test_refused(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "aliases.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(AliasError, match=r"aliases\.toml"):
            load_aliases(path)

    def test_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(AliasError, match="nowhere"):
            load_aliases(tmp_path / "nowhere.toml")

    def test_not_utf8(self, tmp_path: Path) -> None:
        path = tmp_path / "aliases.toml"
        path.write_bytes('[columns]\nshop_id = ["店"]\n'.encode("gb18030"))
        with pytest.raises(AliasError, match=r"aliases\.toml"):
            load_aliases(path)

    def test_one_name_may_mean_columns_of_two_tables(self, tmp_path: Path) -> None:
        path = tmp_path / "aliases.toml"
        path.write_text('[columns]\nhouseholds = ["数"]\namount = ["数"]\n', encoding="utf-8")
        aliases = load_aliases(path)
        assert [aliases.column(table, " 数") for table in ("villages", "transactions", "shops")] == ["households", "amount", None]
