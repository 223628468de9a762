"""`census explain` and `census show near-misses`: why a place has the status, or has not. Worlds worked out by hand."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

if TYPE_CHECKING:
    from tests.conftest import Census

DAJI, ANCAI, CAO = "371721101", "371721102", "371721001"
DING, ZHANG, SUN, WANG = DAJI + "201", DAJI + "202", DAJI + "203", CAO + "201"
PLACES = [
    ("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县"), (DAJI, "大集镇"), (ANCAI, "安蔡楼镇"), (CAO, "曹城街道"),
    (DING, "丁楼村"), (SUN, "孙庄村"), (ZHANG, "张庄村"), (DAJI + "001", "大集社区"), (WANG, "王庄村"),
]  # fmt: skip
HOSTILE = '=cmd()|[bold]\x1b[31m"\u202e村'

STRICT = """
title = "Strict"
extends = "aliresearch"
[platforms]
sales = "all"
village_active_shops = ["taobao"]
active_shops = "all"
[[village]]
units = ["village"]
all = [{ metric = "sales", op = ">", value = 20_000_000 }, { metric = "active_shops", op = ">=", value = 2 }]
source.name = "a test"
words = "over 20 million yuan, and two shops on Taobao"
"""


class World:
    """Shops and orders, put together a shop at a time."""

    def __init__(self, census: Census) -> None:
        self.census, self.shops, self.orders = census, list[str](), list[str]()

    def shop(self, shop_id: int, place: str, sold: dict[str, list[object]], **other: str) -> None:
        """A shop and its orders: amounts by day."""
        self.shops.append(self.census.shop(shop_id, place, **other))
        for day, amounts in sold.items():
            for amount in amounts:
                self.orders.append(self.census.order(len(self.orders) + 1, shop_id, day, amount))


@pytest.fixture(scope="module")
def world(shared_census: Census) -> Census:
    """2018 and 2019 under aliresearch (10 million yuan, and a tenth of the households or 100 shops) and `strict`.

    丁楼村 of 大集镇: 20 households; 10,000,000.00 in 2018, a fen less in 2019, two active shops in both years.
    """
    census = shared_census
    (census.folder / "one-rulebook" / "strict.toml").write_text(STRICT, encoding="utf-8")
    names = {201: HOSTILE, 202: "丁楼村", 203: "九百万村", 204: "多一分村", 205: "二欠村"}
    census.places([*PLACES, *((f"{ANCAI}{number}", name) for number, name in names.items())])
    w, may = World(census), "2019-05-01"
    w.shop(1, DING, {"2018-05-01": [3_000_000] * 3, may: [3_000_000] * 3})
    w.shop(2, DING, {"2018-05-01": [300_000, 300_000, 400_000], may: [300_000] * 3}, platform="tmall")
    w.shop(3, DING, {may: [50_000]}, closed_on="2019-06-30")  # closed on the year's last day
    w.shop(4, DING, {may: [49_000]}, opened_on="2019-06-01")  # 29 days
    w.shop(5, DING, {"2019-03-31": [333, 333], may: [333.99]})  # one of three orders in the last three months
    w.shop(6, ZHANG, {"2018-05-01": [4_000_000] * 3})
    w.shop(7, SUN, {may: [5_000_000, 5_000_000, 10_000_000]})
    w.shop(8, SUN, {may: [0, 0, 0]})
    w.shop(9, ANCAI + "202", {may: [1]})
    w.shop(10, ANCAI + "201", {may: [1]})
    w.shop(11, DAJI, {may: [100]})
    w.shop(12, DING, {"2018-05-01": [0], may: [70]}, recorded_at="2018-01-01")
    w.shops.append(census.shop(12, WANG, recorded_at="2019-03-01"))  # has moved
    w.shop(13, DING, {"2018-05-01": [0]})  # sells nothing in 2019
    for n in range(11):
        w.shop(20 + n, WANG, {may: [1_000_000, 500_000, 500_000]})
    w.shop(40, ANCAI + "203", {may: [3_000_000] * 3})
    w.shop(41, ANCAI + "204", {may: [3_000_000, 3_000_000, "3000000.01"]})
    w.shop(42, ANCAI + "205", {may: [9_500_000]})
    w.shop(43, DAJI + "001", {may: [9_000_000, 9_000_000, 1_000_000]})  # a community
    w.shop(44, DAJI + "001", {may: [0, 0, 0]})
    w.orders.append(census.order(9_999, 99, may, 500_000))  # of a shop that nobody knows
    census.lines("shops/a.csv", *w.shops)
    census.lines("transactions/a.csv", *w.orders)
    households = {DING: 20, ZHANG: 10, WANG: 115, ANCAI + "203": 10, ANCAI + "204": 10, ANCAI + "205": 20}
    census.lines("villages/a.csv", *(f"{code},2018,{number},," for code, number in households.items()))
    census.lines("villages/b.csv", f"{DING},2019,many,,", f"{SUN},2030,0,,")
    census.run("--accept", "quarantine")
    return census


def told(census: Census, *arguments: str) -> dict[str, Any]:
    done = census("explain", *arguments, "--json")
    assert (done.status, done.err) == (0, "")
    return dict(json.loads(done.out))


def said(census: Census, *arguments: str) -> str:
    """What people are told, on one line."""
    return " ".join(census("explain", *arguments).out.split())


def criteria(census: Census, *arguments: str) -> list[tuple[Any, ...]]:
    columns = ("position", "criterion", "value", "operator", "threshold", "margin", "margin_percent", "is_met")
    return [tuple(row[column] for column in columns) for row in told(census, *arguments)["criteria"]]


# ---------------------------------------------------------------- criteria
def test_a_village_that_fails_by_one_fen(world: Census) -> None:
    assert criteria(world, DING) == [
        ("0", "all of", None, None, None, None, None, False),
        ("1", "sales", "9999999.99", ">=", "10000000", "-0.01", "-0.000001", False),
        ("2", "any of", None, None, None, None, None, True),
        ("2.1", "active_shops", "2", ">=", "100", "-98", "-98", False),
        ("2.2", "active_shops / households", "0.1", ">=", "0.1", "0", "0", True),
    ]
    facts = told(world, DING)
    assert (facts["year"], facts["rulebook"], facts["has_status"], facts["change"]) == (2019, "aliresearch", False, "lost")
    assert (facts["first_day"], facts["last_day"]) == ("2018-07-01", "2019-06-30")


def test_a_village_that_has_just_enough(world: Census) -> None:
    facts = told(world, DING, "--year", "2018")
    assert (facts["has_status"], facts["change"]) == (True, "new")
    assert [row["margin"] for row in facts["criteria"] if row["criterion"] == "sales"] == ["0"]


def test_how_it_reads(world: Census) -> None:
    out = said(world, DING)
    assert out.startswith(
        f"丁楼村, 大集镇, 曹县, 山东省 (village {DING}) Year 2019: 1 July 2018 to 30 June 2019. Rulebook aliresearch"
    )
    assert "It is NOT a Taobao village in 2019. Not met: sales in the year (0.01 yuan short)." in out
    assert "It has lost the status, which it had the year before." in out
    assert "Since 2018: sales from 10,000,000 yuan to 9,999,999.99 yuan, active shops from 2 to 2." in out
    assert "Under the other rulebooks in 2019: strict no." in out
    conditions = [
        "NOT met sales in the year: needs at least 10,000,000 yuan; has 9,999,999.99 yuan: 0.01 yuan (under 0.1 %) short",
        "met one of these is enough:",
        "NOT met active shops: needs at least 100 shops; has 2 shops: 98 more are needed",
        "met active shops compared with households: needs at least 10 % (2 shops); has 2 of 20 (10.00 %): just enough",
    ]
    assert " ".join(conditions) in out
    assert "5 placed there had orders in 2019; 2 count as active shops, 3 do not." in out
    assert "opened at least 30 days before the year's end" in out
    assert "at least 3 orders in the year's last three months, April to June 2019" in out
    assert "at least one order in these months for every 30 days since it opened" in out
    assert "1 closed by the year's end (30 June 2019); sales 50,000 yuan" in out
    assert "1 opened less than 30 days before the year's end (30 June 2019); sales 49,000 yuan" in out
    assert "Where this comes from: the census taken on" in out
    assert f"census explain {DING} --year 2018" in out


@pytest.mark.parametrize("width", ["80", "120"])
def test_it_fits_the_terminal(world: Census, width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    for place in (DING, DAJI, WANG, SUN):
        for arguments in (["explain", place], ["explain", place, "--rulebook", "strict"], ["show", "near-misses"]):
            out = world(*arguments).out
            assert max(map(cell_len, out.splitlines())) <= int(width)
            for word in ("9,999,999.99", "10,000,000"):  # no figure is cut
                assert place != DING or arguments[0] != "explain" or word in out


def test_a_margin_is_told_as_what_is_lacking(world: Census) -> None:
    assert "sales in the year: needs more than 20,000,000 yuan; has 20,000,000 yuan: just that much, and it must be more" in said(
        world, SUN, "--rulebook", "strict"
    )
    assert "needs at least 10 % (12 shops); has 11 of 115 (9.56 %): 1 more is needed" in said(world, WANG)


def test_households_that_are_not_known_meet_nothing(world: Census) -> None:
    assert criteria(world, SUN)[-1] == ("2.2", "active_shops / households", None, ">=", "0.1", None, None, False)
    out = said(world, SUN)
    assert "Not met: active shops (98 more are needed), or active shops compared with households (the number of households" in out
    assert f"deliver its households a line with {SUN}, 2019 and their number in villages/" in out


def test_another_rulebook(world: Census) -> None:
    assert criteria(world, SUN, "--rulebook", "strict") == [
        ("unit", "unit_type", "village", "in", "village", None, None, True),
        ("0", "all of", None, None, None, None, None, False),
        ("1", "sales", "20000000", ">", "20000000", "0", "0", False),
        ("2", "active_shops", "2", ">=", "2", "0", "0", True),
    ]
    assert [row["is_met"] for row in told(world, DAJI + "001", "--rulebook", "strict")["criteria"]] == [False, False, False, True]
    out = said(world, DAJI + "001", "--rulebook", "strict")
    assert "Not met: the kind of place; sales in the year (1,000,000 yuan short)." in out
    assert (
        "kind of place: it is an urban community (居委会), and must be: administrative village (a village committee, 村委会)"
        in out
    )


def test_a_town(world: Census) -> None:
    assert criteria(world, DAJI) == [  # 丁楼村, 孙庄村, the community and the shop that named the township alone
        ("0", "any of", None, None, None, None, None, False),
        ("1", "taobao_villages", "0", ">=", "3", "-3", "-100", False),
        ("2", "all of", None, None, None, None, None, False),
        ("2.1", "sales", "49000099.99", ">", "30000000", "19000099.99", "63.333667", True),
        ("2.2", "active_shops", "6", ">", "300", "-294", "-98", False),
    ]
    facts = told(world, DAJI, "--year", "2018")
    assert [(row["position"], row["value"]) for row in facts["criteria"]] == [("0", "2")]
    assert {row["village"]: row["is_taobao_village"] for row in facts["villages"]} == {"丁楼村": True, "张庄村": True}
    out = said(world, DAJI, "--year", "2018")
    assert "It is NOT a Taobao town in 2018. Not met: Taobao villages in it (1 more is needed)." in out
    assert "Its Taobao villages in 2018: 2 of 2 villages with shops" in out


def test_a_village_that_is_lost_for_want_of_shops(world: Census) -> None:
    facts = told(world, ZHANG)
    assert (facts["has_status"], facts["change"], facts["counted"]["shops"], facts["not_counted"]) == (False, "lost", 0, [])
    assert [(year["year"], year["has_status"], year["change"]) for year in facts["years"]] == [
        (2018, True, "new"),
        (2019, False, "lost"),
    ]
    assert facts["around"]["silent"] == 1


def test_a_year_without_the_place(world: Census) -> None:
    facts = told(world, SUN, "--year", "2018")
    assert (facts["has_status"], facts["criteria"], [year["year"] for year in facts["years"]]) == (None, [], [2019])
    assert "There is no verdict on it in 2018: no shop placed there had an order that counts." in said(
        world, SUN, "--year", "2018"
    )
    assert f"was it merged or renamed? census place {SUN}" in said(world, SUN, "--year", "2018")
    assert world("explain", SUN, "--year", "2018", "--csv").status == 0


# ---------------------------------------------------------------- shops, years, files
def test_the_shops_that_count_and_those_that_do_not(world: Census) -> None:
    facts = told(world, DING)
    assert [shop["shop_id"] for shop in facts["counted"]["largest"]] == [1, 2]
    assert {group["reason"]: [shop["shop_id"] for shop in group["largest"]] for group in facts["not_counted"]} == {
        "closed": [3],
        "too young": [4],
        "too few recent orders": [5],
    }
    strict = told(world, DING, "--rulebook", "strict")
    assert {group["reason"]: group["shops"] for group in strict["not_counted"]} == {
        "closed": 1, "too young": 1, "too few recent orders": 1, "other platform": 1,
    }  # fmt: skip
    out = said(world, DING, "--rulebook", "strict")
    assert "An active shop, on Taobao: open at the year's end" in out
    assert "1 not on Taobao, but on another platform (Tmall 1); sales 900,000 yuan" in out


def test_the_shops_that_one_may_miss(world: Census) -> None:
    facts = told(world, DING)
    assert facts["around"] == {
        "in_township_only": 1, "in_township_only_sales": "100.00", "elsewhere": 1, "elsewhere_sales": "70.00", "silent": 1,
        "orphaned_sales": "500000.00",
    }  # fmt: skip
    assert [(row["path"], row["line"], row["reasons"]) for row in facts["refused_rows"]] == [
        ("villages/b.csv", 2, "invalid:households")
    ]
    out = said(world, DING)
    assert "1 shop with sales of 100 yuan has an address that names the township and no village" in out
    assert "1 shop with sales of 70 yuan stood there in another year, and elsewhere in 2019." in out
    assert "such as line 2 of villages/b.csv (households not valid)" in out
    assert "shops that are not in the register sold for 500,000 yuan in 2019" in out


def test_the_largest_of_many_and_the_sum_of_the_rest(world: Census) -> None:
    out = said(world, WANG)
    assert "Shops that count as active: the 5 largest of 11" in out
    assert "The other 6 shops: sales 12,000,000 yuan, 18 orders in the year." in out
    assert "Shops that do not count as active: all 1" in out


def test_years_and_files(world: Census) -> None:
    facts = told(world, DING)
    assert [(row["year"], row["has_status"], row["change"], row["sales"], row["active_shops"]) for row in facts["years"]] == [
        (2018, True, "new", "10000000.00", 2),
        (2019, False, "lost", "9999999.99", 2),
    ]
    assert {row["table"]: row["files"] for row in facts["files"]} == {"shops": 1, "transactions": 1, "villages": 2}


# ---------------------------------------------------------------- which place
def test_a_name_and_a_code_are_the_same_place(world: Census) -> None:
    assert told(world, "孙庄村") == told(world, SUN) == told(world, f" {SUN} ")
    assert told(world, "大集镇")["code"] == DAJI


def test_a_name_that_two_villages_share(world: Census) -> None:
    done = world("explain", "丁楼村")
    assert (done.status, done.out) == (2, "")
    assert "2 places are called '丁楼村'" in done.err
    assert f"{DING}  丁楼村, 大集镇, 曹县, 山东省" in done.err
    assert f"{ANCAI}202  丁楼村, 安蔡楼镇, 曹县, 山东省" in done.err


@pytest.mark.parametrize("asked", ["曹县", "371721", "山东省"])
def test_a_county_or_province_is_told_by_its_places(world: Census, asked: str) -> None:
    done = world("explain", asked)
    assert (done.status, done.out) == (2, "")
    assert f"{asked!r} is a {'province' if asked == '山东省' else 'county'}; explain tells of one village or township" in done.err
    assert "10 villages and 3 townships of it are in the census of 2019." in done.err
    assert f"{WANG}  王庄村, 曹城街道, 曹县, 山东省" in done.err


@pytest.mark.parametrize("asked", ["孙庄村委会", "孙庄村民委员会", "曹城街道办事处"])
def test_another_ending_of_a_name(world: Census, asked: str) -> None:
    assert told(world, asked)["code"] in (SUN, CAO)


def test_a_part_of_a_name_is_asked_about(world: Census) -> None:
    done = world("explain", "孙庄")
    assert (done.status, "no place is called '孙庄', but like it" in done.err, SUN in done.err) == (2, True, True)


@pytest.mark.parametrize("asked", ["999999999999", "某村", "", " ", "'; drop", "\x1b[32m"])
def test_a_place_that_is_not_known(world: Census, asked: str) -> None:
    done = world("explain", asked)
    assert (done.status, done.out) == (2, "")
    assert "no village or township with shops" in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize("arguments", [["--year", "2030"], ["--year", "x"], ["--rulebook", "nobody"]], ids=" ".join)
def test_what_there_is_not(world: Census, arguments: list[str]) -> None:
    done = world("explain", DING, *arguments)
    assert (done.status, done.out) == (2, "")


def test_rules_that_changed_since_cannot_explain(world: Census) -> None:
    for arguments in (["explain", DING], ["show", "near-misses"]):
        done = world(*arguments, calendar=str(world.folder / "one-rulebook" / "strict.toml"))
        assert done.status == 2
        changed = world.folder / "calendar.toml"
        changed.write_text('[2019]\nfirst = "2018-01"\nlast = "2018-12"\n', encoding="utf-8")
        done = world(*arguments, calendar=str(changed))
        assert (done.status, "calendar changed since the snapshot was published" in done.err) == (2, True)


def test_nothing_is_published(census: Census) -> None:
    done = census("explain", DING)
    assert (done.status, "nothing is published yet" in done.err) == (2, True)


def test_several_places_that_became_one(census: Census) -> None:
    old = [(code, name, 2018, 2019) for code, name in ((ZHANG, "张庄村"), (SUN, "孙庄村"))]
    census.places([*[place for place in PLACES if place[0] not in (ZHANG, SUN)], *old, (DAJI + "204", "张孙村", 2020, 2021)],
                  [(2020, ZHANG, DAJI + "204"), (2020, SUN, DAJI + "204")])  # fmt: skip
    w = World(census)
    w.shop(1, ZHANG, {"2019-05-01": [1], "2020-05-01": [2]})
    w.shop(2, SUN, {"2019-05-01": [3]})
    census.lines("shops/a.csv", *w.shops)
    census.lines("transactions/a.csv", *w.orders)
    census.run()
    assert told(census, ZHANG)["code"] == DAJI + "204"
    facts = told(census, ZHANG, "--year", "2019")
    assert (facts["name"], facts["id"], len(facts["years"])) == ("张庄村", DAJI + "204", 3)
    out = said(census, ZHANG)
    assert f"It was {ZHANG} 张庄村 in 2019; {SUN} 孙庄村 in 2019; {DAJI}204 张孙村 in 2020." in out
    done = census("explain", "张孙村", "--year", "2019")
    assert (done.status, "in 2019 it was several places" in done.err, ZHANG in done.err, SUN in done.err) == (2, True, True, True)


def test_hostile_names_are_harmless(world: Census) -> None:
    code = ANCAI + "201"
    for asked in (code, HOSTILE):
        out = world("explain", asked).out
        assert '=cmd()|[bold]\N{REPLACEMENT CHARACTER}[31m"\N{REPLACEMENT CHARACTER}村, 安蔡楼镇' in out
        assert not {"\x1b", "\u202e"} & set(out)
    rows = list(csv.DictReader(io.StringIO(world("explain", code, "--csv").out)))
    assert {row["place"] for row in rows} == {"'" + HOSTILE}
    err = world("explain", "[31m").err
    assert code in err
    assert not {"\x1b", "\u202e"} & set(err)


# ---------------------------------------------------------------- near misses
def near_misses(census: Census, *options: str) -> list[dict[str, Any]]:
    done = census("show", "near-misses", *options, "--json")
    assert (done.status, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


def test_near_misses(world: Census) -> None:
    columns = ["year", "rulebook", "village_code", "village", "county", "criterion", "value", "operator", "threshold", "short_by"]
    rows = near_misses(world)
    assert list(rows[0]) == columns
    assert [tuple(row.values()) for row in rows] == [
        # eleven shops of 115 households: nearer than eleven of a hundred
        (2019, "aliresearch", WANG, "王庄村", "曹县", "active_shops / households", "0.095652", ">=", "0.1", "0.004348"),
        (2019, "aliresearch", DING, "丁楼村", "曹县", "sales", "9999999.99", ">=", "10000000", "0.01"),
        # 9,000,000.00 is short by a tenth, which is not under a tenth
        (2019, "aliresearch", ANCAI + "204", "多一分村", "曹县", "sales", "9000000.01", ">=", "10000000", "999999.99"),
        # more than 20 million are asked for; a community with 19 million is not a village
        (2019, "strict", SUN, "孙庄村", "曹县", "sales", "20000000", ">", "20000000", "0"),
    ]


def test_near_misses_are_shown_as_tables_are(world: Census) -> None:
    assert near_misses(world, "--year", "2018") == []
    assert len(near_misses(world, "--limit", "1")) == 1
    assert [row["village_code"] for row in near_misses(world, "--where", "rulebook = 'strict' and short_by < 1")] == [SUN]
    rows = list(csv.DictReader(io.StringIO(world("show", "near-misses", "--csv").out)))
    assert [row["short_by"] for row in rows] == ["0.004348", "0.01", "999999.99", "0"]
    out = world("show", "near-misses").out
    assert "4 near misses: villages that one condition alone keeps from the status" in out
    lines = " ".join(" ".join(line.split("│")[4].strip() for line in out.splitlines() if line.startswith("│")).split())
    assert lines.startswith(
        "active shops compared with households: needs at least 10 %, has 9.56 %: 0.44 percentage points short"
    )
    assert "sales in the year: needs at least 10,000,000 yuan, has 9,999,999.99 yuan: 0.01 yuan (under 0.1 %) short" in lines
    assert "near-misses" in world("show", "no_table").err
