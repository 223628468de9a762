"""Who has the status, since when, and what it adds up to: rulebooks over whole censuses. Contract, sections 2 to 5.

Most tests use a rulebook of their own, `plain`, whose numbers are small: a village needs 100 yuan, a town two such
villages or more than 300 yuan by more than two shops; two, three and four villages make a cluster, a large, a super one.
"""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from flows.engine import ROOT

if TYPE_CHECKING:
    from tests.conftest import Census

PLAIN = """
title = "Small numbers"
[platforms]
sales = "all"
village_active_shops = "all"
active_shops = "all"
[[active]]
all = [{ metric = "transactions", op = ">=", value = 1 }]
source.name = "these tests"
words = "sold anything"
[[village]]
units = "any"
all = [{ metric = "sales", op = ">=", value = 100 }]
source.name = "these tests"
words = "100 yuan"
[[township]]
villages = { metric = "taobao_villages", op = ">=", value = 2 }
sales = { all = [{ metric = "sales", op = ">", value = 300 }, { metric = "active_shops", op = ">", value = 2 }] }
source.name = "these tests"
words = "two villages; more than 300 yuan by more than two shops"
[[cluster]]
cluster = { metric = "taobao_villages", op = ">=", value = 2 }
large = { metric = "taobao_villages", op = ">=", value = 3 }
super = { metric = "taobao_villages", op = ">", value = 3 }
source.name = "these tests"
words = "two, three, more"
[[jobs]]
per_active_shop = "2.8"
source.name = "these tests"
words = "2.8"
"""


def with_plain(census: Census, **others: str) -> Census:
    """The same census with the shipped rulebooks, `plain`, and others that extend it."""
    folder = census.folder / "rulebooks"
    shutil.copytree(ROOT / "rulebooks", folder)
    for name, text in {"plain": PLAIN, **others}.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    census.variables["CENSUS_RULEBOOKS"] = str(folder)
    return census


# ---------------------------------------------------------------- change
# What villages sold in the years from 2018 to 2021, and what becomes of their status: `code year: sales`, and per row of
# village_status `code year: change`. Every case has a township A of its own; divisions and successions as in test_carrying.
STANDS = "A201 2018-2021"
CHANGES: dict[str, tuple[str, str, str, str]] = {
    "new, retained, lost, returned": (
        STANDS,
        "",
        "A201 2018: 100, A201 2019: 100, A201 2020: 99.99, A201 2021: 100",
        "A201 2018: new, A201 2019: retained, A201 2020: lost, A201 2021: returned",
    ),
    "lost without a shop": (STANDS, "", "A201 2018: 100", "A201 2018: new, A201 2019: lost"),
    "lost once, not every year after": (
        STANDS,
        "",
        "A201 2018: 100, A201 2019: 5, A201 2020: 5",
        "A201 2018: new, A201 2019: lost, A201 2020: -",
    ),
    "never": (STANDS, "", "A201 2018: 99.99, A201 2020: 1", "A201 2018: -, A201 2020: -"),
    "late": (STANDS, "", "A201 2018: 1, A201 2021: 100", "A201 2018: -, A201 2021: new"),
    "twice returned": (
        STANDS,
        "",
        "A201 2018: 100, A201 2020: 100",
        "A201 2018: new, A201 2019: lost, A201 2020: returned, A201 2021: lost",
    ),
    "a new code": (
        "A201 2018-2019, A202 2020-2021",
        "2020 A201 A202",
        "A201 2019: 100, A202 2020: 100",
        "A201 2019: new, A202 2020: retained, A202 2021: lost",
    ),
    "lost under a new code": (
        "A201 2018-2019, A202 2020-2021",
        "2020 A201 A202",
        "A201 2019: 100",
        "A201 2019: new, A202 2020: lost",
    ),
    "abolished": ("A201 2018-2019", "", "A201 2019: 100", "A201 2019: new, A201 2020: lost"),
    "split": (
        "A201 2018-2019, A202 2020-2021, A203 2020-2021",
        "2020 A201 A202, 2020 A201 A203",
        "A201 2019: 100, A202 2020: 100, A203 2020: 5",
        "A201 2019: new, A201 2020: lost, A202 2020: new, A203 2020: -, A202 2021: lost",
    ),
    "split, and one keeps the code": (
        "A201 2018-2021, A202 2020-2021",
        "2020 A201 A201, 2020 A201 A202",
        "A201 2019: 100, A201 2020: 100, A202 2020: 100",
        "A201 2019: new, A201 2020: retained, A202 2020: new, A201 2021: lost, A202 2021: lost",
    ),
    "recycled": (
        "A201 2018-2021, A202 2020-2021, A203 2018-2019",
        "2020 A201 A202, 2020 A203 A201",
        "A201 2019: 100, A201 2020: 100",
        "A201 2019: new, A201 2020: new, A202 2020: lost, A201 2021: lost",
    ),
    # several that ran into one share an identity: it has the status in a year if any code of it has
    "merged": (
        "A201 2018-2019, A202 2018-2019, A203 2020-2021",
        "2020 A201 A203, 2020 A202 A203",
        "A201 2019: 100, A202 2019: 5, A203 2020: 100",
        "A201 2019: new, A202 2019: -, A203 2020: retained, A203 2021: lost",
    ),
    "before they merge, the status passes from one to the other": (
        "A201 2018-2019, A202 2018-2019, A203 2020-2021",
        "2020 A201 A203, 2020 A202 A203",
        "A201 2018: 100, A201 2019: 5, A202 2019: 100",
        "A201 2018: new, A201 2019: -, A202 2019: retained, A203 2020: lost",
    ),
    "before they merge, both lose what one had": (
        "A201 2018-2019, A202 2018-2019, A203 2020-2021",
        "2020 A201 A203, 2020 A202 A203",
        "A201 2018: 100, A201 2019: 5, A202 2019: 5",
        "A201 2018: new, A201 2019: lost, A202 2019: lost",
    ),
    "before they merge, both had it and neither sells": (
        "A201 2018-2019, A202 2018-2019, A203 2020-2021",
        "2020 A201 A203, 2020 A202 A203",
        "A201 2018: 100, A202 2018: 100, A203 2020: 100",
        "A201 2018: new, A202 2018: new, A201 2019: lost, A202 2019: lost, A203 2020: returned, A203 2021: lost",
    ),
    "merged into one of them": (
        "A201 2018-2021, A202 2018-2019",
        "2020 A202 A201",
        "A202 2019: 100, A201 2020: 100",
        "A202 2019: new, A201 2020: retained, A201 2021: lost",
    ),
    "merged by and by": (
        "A201 2018-2018, A202 2018-2020, A203 2019-2020, A204 2021-2021",
        "2019 A201 A203, 2021 A202 A204, 2021 A203 A204",
        "A201 2018: 100, A202 2020: 100, A204 2021: 100",
        "A201 2018: new, A203 2019: lost, A202 2020: returned, A204 2021: retained",
    ),
}
IDENTITIES = {
    "a new code": {"A201": "A202", "A202": "A202"},
    "abolished": {"A201": "A201"},
    "split": {"A201": "A201", "A202": "A202", "A203": "A203"},
    "merged": {"A201": "A203", "A202": "A203", "A203": "A203"},
    "merged by and by": {"A201": "A204", "A202": "A204", "A203": "A204", "A204": "A204"},
}
HISTORIES = {
    # identity: first and last year, years, spells
    "new, retained, lost, returned": {"A201": (2018, 2021, 3, 2)},
    "never": {},
    "a new code": {"A202": (2019, 2020, 2, 1)},
    "twice returned": {"A201": (2018, 2020, 2, 2)},
    "split": {"A201": (2019, 2019, 1, 1), "A202": (2020, 2020, 1, 1)},
    "recycled": {"A202": (2019, 2019, 1, 1), "A201": (2020, 2020, 1, 1)},
    "before they merge, both had it and neither sells": {"A203": (2018, 2020, 2, 2)},
    "merged by and by": {"A204": (2018, 2021, 3, 2)},
}


def full(case: str, text: str) -> str:
    """The code of a case's village."""
    return f"371721{100 + list(CHANGES).index(case)}{text[1:]}"


def pairs(text: str) -> dict[tuple[str, int], str]:
    """`A201 2018: x, …` as {("A201", 2018): "x"}."""
    entries = (entry.rpartition(": ") for entry in text.split(", "))
    return {(left.split()[0], int(left.split()[1])): right for left, _, right in entries}


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory, shared_census: Census) -> Census:
    """A census of all cases of CHANGES: a shop for each of their sales, and one elsewhere that sells in every year."""
    census = with_plain(type(shared_census)(tmp_path_factory.mktemp("changes") / "census"))
    divisions: list[tuple[Any, ...]] = [("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县"), ("371701", "市辖区")]
    successions, shops, orders = [], [census.shop(1, "371701")], [census.order(y, 1, f"{y}-05-01", 1) for y in range(2018, 2022)]
    for case, (stands, became, sales, _) in CHANGES.items():
        divisions.append((full(case, "A"), f"{case}镇"))
        for entry in stands.split(", "):
            village, editions = entry.split()
            divisions.append((full(case, village), f"{village}村", *map(int, editions.split("-"))))
        for edition, old, new in (entry.split() for entry in became.split(", ") if entry):
            successions.append((int(edition), full(case, old), full(case, new)))
        for (village, year), amount in pairs(sales).items():
            number = 1 + len(shops)
            shops.append(census.shop(number, full(case, village)))
            orders.append(census.order(10_000 + number, number, f"{year}-05-01", amount))
    census.places(divisions, successions)
    census.lines("shops/a.csv", *shops)
    census.lines("transactions/a.csv", *orders)
    census.lines(
        "villages/a.csv",
        *(f"{full(case, 'A201')},2018,40,," for case in ("lost without a shop", "abolished", "lost under a new code")),
    )
    census.run()
    return census


def rows_of(census: Census, case: str, rulebook: str = "plain") -> dict[tuple[str, int], dict[str, Any]]:
    """The rows of village_status of a case, by village and year."""
    town = full(case, "A")
    rows = census.published("village_status", rulebook=rulebook)
    return {("A" + row["village_code"][9:], row["year"]): row for row in rows if row["village_code"].startswith(town)}


class TestChange:
    @pytest.mark.parametrize("case", list(CHANGES))
    def test_a_village(self, changes: Census, case: str) -> None:
        found = {key: row["change"] or "-" for key, row in rows_of(changes, case).items()}
        assert found == pairs(CHANGES[case][3])

    @pytest.mark.parametrize("case", list(CHANGES))
    def test_the_status_and_the_sales_beside_it(self, changes: Census, case: str) -> None:
        sales = {key: Decimal(amount) for key, amount in pairs(CHANGES[case][2]).items()}
        for key, row in rows_of(changes, case).items():
            assert row["sales"] == sales.get(key, 0)
            assert row["is_taobao_village"] == row["met_sales"] == (row["sales"] >= 100)
            assert (row["change"] in ("new", "retained", "returned")) == row["is_taobao_village"]
            shops = int(key in sales)
            told = (row["shops"], row["transactions"], row["active_shops"], row["ecommerce_households"])
            assert told == (shops, shops, shops, shops)

    @pytest.mark.parametrize("case", list(IDENTITIES))
    def test_the_identity(self, changes: Census, case: str) -> None:
        found = {village: "A" + row["village_id"][9:] for (village, _), row in rows_of(changes, case).items()}
        assert found == IDENTITIES[case]

    @pytest.mark.parametrize("case", list(HISTORIES))
    def test_the_history(self, changes: Census, case: str) -> None:
        found = {
            "A" + row["village_id"][9:]: (row["first_year"], row["last_year"], row["years"], row["spells"])
            for row in changes.published("village_history", rulebook="plain")
            if row["village_id"].startswith(full(case, "A"))
        }
        assert found == HISTORIES[case]

    def test_history_and_status_agree_in_every_case(self, changes: Census) -> None:
        for case in CHANGES:
            years: dict[str, set[int]] = {}
            for (_, year), row in rows_of(changes, case).items():
                if row["is_taobao_village"]:
                    years.setdefault(row["village_id"], set()).add(year)
            told = {row["village_id"]: row for row in changes.published("village_history", rulebook="plain")}
            for village, had in years.items():
                row = told[village]
                assert (row["first_year"], row["last_year"], row["years"]) == (min(had), max(had), len(had))
                assert row["spells"] == sum(year - 1 not in had for year in had)


class TestLostVillages:
    def test_one_that_still_stands_keeps_its_households(self, changes: Census) -> None:
        row = rows_of(changes, "lost without a shop")["A201", 2019]
        assert (row["households"], row["household_share"], row["sales"], row["met_sales"]) == (40, 0.0, 0, False)
        assert (row["village"], row["unit_type"], row["is_provisional"]) == ("A201村", "village", False)

    def test_under_a_new_code_it_keeps_them_too(self, changes: Census) -> None:
        row = rows_of(changes, "lost under a new code")["A202", 2020]
        assert (row["households"], row["village"], row["is_taobao_village"]) == (40, "A202村", False)

    def test_one_that_is_no_more_keeps_its_last_code_and_names(self, changes: Census) -> None:
        row = rows_of(changes, "abolished")["A201", 2020]
        assert (row["village"], row["township"], row["county"], row["province"]) == ("A201村", "abolished镇", "曹县", "山东省")
        assert (row["township_code"], row["unit_type"]) == (full("abolished", "A"), "village")
        assert (row["households"], row["household_share"], row["sales"], row["shops"]) == (None, None, 0, 0)

    def test_no_year_after_the_last_has_rows(self, changes: Census) -> None:
        assert {row["year"] for row in changes.published("village_status")} == {2018, 2019, 2020, 2021}

    def test_a_village_that_is_no_more_and_whose_town_is_no_more_either(self, census: Census) -> None:
        with_plain(census)
        census.places(
            [
                ("37", "山东省"),
                ("3717", "菏泽市"),
                ("371721", "旧县", 2018, 2018),
                ("371722", "新县", 2019, 2021),
                ("371721101", "旧镇", 2018, 2018),
                ("371721101001", "旧社区", 2018, 2018),
            ]
        )
        census.lines("shops/a.csv", census.shop(1, "371721101001"))
        census.lines("transactions/a.csv", census.order(1, 1, "2018-01-01", 100), census.order(2, 1, "2020-01-01", 1))
        census.run()
        (row,) = census.published("village_status", rulebook="plain", year=2019)
        assert (row["village_code"], row["village_id"], row["change"]) == ("371721101001", "371721101001", "lost")
        assert (row["village"], row["township"], row["county"], row["province"]) == ("旧社区", "旧镇", "旧县", "山东省")
        assert row["unit_type"] == "urban_community"


# ---------------------------------------------------------------- towns
@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory, shared_census: Census) -> Census:
    """Towns of 2019 by every basis and just short of it, and what became of some in 2020."""
    census = with_plain(type(shared_census)(tmp_path_factory.mktemp("towns") / "census"))
    names = {
        101: "villages",
        102: "sales",
        103: "both",
        104: "one village",
        105: "300 yuan",
        106: "two shops",
        107: "old",
        108: "gone",
    }
    ends = {107: 2019, 108: 2019}
    divisions: list[tuple[Any, ...]] = [
        ("37", "山东省"),
        ("3717", "菏泽市"),
        ("371721", "曹县"),
        ("371721109", "new", 2020, 2021),
    ]
    for town, name in names.items():
        divisions.append((f"371721{town}", name, 2018, ends.get(town, 2021)))
        divisions += [(f"371721{town}20{n}", f"{n}村", 2018, ends.get(town, 2021)) for n in (1, 2)]
    divisions += [(f"37172110920{n}", f"{n}村", 2020, 2021) for n in (1, 2)]
    census.places(divisions, [(2020, f"371721107{s}", f"371721109{s}") for s in ("", "201", "202")])
    sales = [
        *(("101201", 2019, 100), ("101202", 2019, 100)),
        *(("102", 2019, "100.34"), ("102", 2019, "100.34"), ("102", 2019, "100.34")),  # placed at town level only
        *(("103201", 2019, 150), ("103202", 2019, 150), ("103", 2019, "0.01")),
        *(("104201", 2019, 200), ("104202", 2019, "99.99")),
        *(("105", 2019, 100), ("105", 2019, 100), ("105", 2019, 100)),
        *(("106", 2019, 200), ("106", 2019, 200)),
        *(("107201", 2019, 100), ("107202", 2019, 100), ("109201", 2020, 100), ("109202", 2020, 100)),
        *(("108201", 2019, 100), ("108202", 2019, 100)),
        *(("102", 2020, 100), ("102", 2020, 100)),
        ("104", 2021, 1),
    ]
    census.lines("shops/a.csv", *(census.shop(i, f"371721{place}") for i, (place, _, _) in enumerate(sales, 1)))
    census.lines("transactions/a.csv", *(census.order(i, i, f"{y}-05-01", amount) for i, (_, y, amount) in enumerate(sales, 1)))
    census.run()
    return census


class TestTowns:
    def row(self, census: Census, town: int, year: int = 2019) -> dict[str, Any]:
        (row,) = census.published("township_status", rulebook="plain", year=year, township_code=f"371721{town}")
        return row

    @pytest.mark.parametrize(
        ("town", "basis", "villages", "sales", "shops"),
        [
            (101, "villages", 2, "200", 2),
            (102, "sales", 0, "301.02", 3),  # 3 * 100.34
            (103, "both", 2, "300.01", 3),  # 150 + 150 + 0.01
            (104, None, 1, "299.99", 2),
            (105, None, 0, "300", 3),  # more than 300 are asked for
            (106, None, 0, "400", 2),  # more than two shops are
        ],
    )
    def test_the_basis(self, towns: Census, town: int, basis: str | None, villages: int, sales: str, shops: int) -> None:
        row = self.row(towns, town)
        assert (row["basis"], row["is_taobao_town"]) == (basis, basis is not None)
        assert (row["taobao_villages"], row["sales"], row["active_shops"]) == (villages, Decimal(sales), shops)
        assert row["change"] == ("new" if basis else None)

    def test_it_is_retained_under_a_new_code(self, towns: Census) -> None:
        assert [(self.row(towns, 107)[name], self.row(towns, 109, 2020)[name]) for name in ("change", "township_id")] == [
            ("new", "retained"), ("371721109", "371721109")
        ]  # fmt: skip

    def test_it_is_lost_with_shops_or_without(self, towns: Census) -> None:
        row = self.row(towns, 102, 2020)
        assert (row["change"], row["basis"], row["sales"], row["active_shops"]) == ("lost", None, 200, 2)
        row = self.row(towns, 101, 2020)
        assert (row["change"], row["basis"], row["sales"], row["taobao_villages"]) == ("lost", None, 0, 0)
        assert (row["township"], row["county"], row["province"]) == ("villages", "曹县", "山东省")

    def test_one_that_is_no_more_keeps_its_last_code_and_name(self, towns: Census) -> None:
        row = self.row(towns, 108, 2020)
        assert (row["change"], row["township"], row["township_id"]) == ("lost", "gone", "371721108")

    def test_rows_are_of_towns_with_a_placed_shop_or_a_lost_status(self, towns: Census) -> None:
        found = [(row["year"], row["township_code"][6:]) for row in towns.published("township_status", rulebook="plain")]
        assert found == [
            *((2019, str(town)) for town in range(101, 109)),
            *((2020, str(town)) for town in (101, 102, 103, 108, 109)),
            *((2021, str(town)) for town in (104, 109)),
        ]

    def test_the_county_and_the_province_add_up(self, towns: Census) -> None:
        # villages: 2 + 2 + 1 + 2 + 2; towns: 101, 102, 103, 107, 108; sales 200 + 301.02 + 300.01 + 299.99 + 300 + 400 + 200 + 200
        for table in ("county_year", "province_year"):
            (row,) = towns.published(table, rulebook="plain", year=2019)
            told = (row["taobao_villages"], row["taobao_towns"], row["sales"], row["transactions"], row["active_shops"])
            assert told == (9, 5, Decimal("2201.02"), 19, 19)


# ---------------------------------------------------------------- headline
HENAN = 'title = "Only Henan"\nextends = "plain"\nprovince = "41"\n'
TMALL = """
title = "Sales on tmall, shops on taobao"
extends = "plain"
[platforms]
sales = ["tmall"]
village_active_shops = ["taobao"]
active_shops = ["taobao", "tmall"]
"""
FIGURES = """year,metric,value,unit,source
2019,taobao_villages,4310,villages,a report
2019,provinces_with_villages,25,provinces,a report
2019,taobao_towns,1118,townships,one paper
2019,taobao_towns,1117,townships,another paper
2019,taobao_towns,1118,townships,"a third, late"
2018,taobao_villages,3202,villages,a report
"""
HOUSES = [
    # number, place, sales in two orders or one: what each is for stands in test_every_metric
    (1, "371721101201", (100, 50)),
    (2, "371721101202", (120,)),
    (3, "371721101", (7,)),
    (4, "371721001001", (17,)),
    (5, "371721001201", (13,)),
    (6, "371721001", (11,)),
    (7, "411324101501", (200,)),
    (8, "411324101", (5,)),
    (9, "371721", (3,)),
    (10, "", (19,)),
]


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory, shared_census: Census) -> Census:
    """Two provinces in 2019, of which one lies at the coast; in 2020 a single order of an unknown shop."""
    census = with_plain(type(shared_census)(tmp_path_factory.mktemp("nation") / "census"), henan=HENAN, tmall=TMALL)
    census.places(
        [
            *(("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县"), ("371721101", "大集镇"), ("371721101201", "丁楼村")),
            *(("371721101202", "张庄村"), ("371721001", "曹城街道"), ("371721001001", "府前社区"), ("371721001201", "王庄村")),
            *(("41", "河南省"), ("4113", "南阳市"), ("411324", "镇平县"), ("411324101", "石佛寺镇"), ("411324101501", "场部")),
        ]
    )
    census.lines("shops/a.csv", *(census.shop(n, place, platform="tmall" if n == 2 else "taobao") for n, place, _ in HOUSES))
    orders = [(n, amount) for n, _, amounts in HOUSES for amount in amounts] + [(11, 23)]  # shop 11 is unknown
    census.lines("transactions/a.csv", *(census.order(i, n, "2019-05-01", amount) for i, (n, amount) in enumerate(orders, 1)))
    census.lines("transactions/b.csv", census.order(99, 11, "2020-05-01", 2))
    census.lines("counties/a.csv", "371721,2018,1000,")
    (census.folder / "figures.csv").write_text(FIGURES, encoding="utf-8")
    census.run("--accept", "orphans", published_figures=str(census.folder / "figures.csv"))
    return census


def headline(census: Census, rulebook: str, year: int = 2019) -> dict[str, float | None]:
    """The values of headline."""
    return {row["metric"]: row["value"] for row in census.published("headline", rulebook=rulebook, year=year)}


class TestHeadline:
    def test_every_metric(self, nation: Census) -> None:
        # the Taobao villages are 丁楼村 (150), 张庄村 (120) and, in Henan, 场部 (200); the first two make 大集镇 a town
        assert headline(nation, "plain") == {
            "taobao_villages": 3,
            "taobao_towns": 1,
            "provinces": 2,
            "counties": 2,
            "coastal_villages": 2,  # those of Shandong
            "coastal_share": 2 / 3,
            "counties_population": 1000,  # 镇平县's is unknown
            "village_sales": 470,  # 150 + 120 + 200
            "village_and_town_sales": 477,  # and shop 3, in the town but in no village
            "rural_sales": 495,  # 150 + 120 + 13 + 200 in villages, 7 + 5 in towns; no 社区, no 街道, no county
            "share_of_rural_sales": 477 / 495,
            "village_transactions": 4,  # 2 + 1 + 1
            "active_shops": 4,  # shops 1, 2, 3 and 7
            "jobs": 11.2,  # 4 * 2.8, not rounded
            "clusters": 1,  # 曹县, with two
            "large_clusters": 0,
            "super_clusters": 0,
            "unplaced_sales": 45,  # known shops without a village: 7 + 11 + 5 + 3 + 19
            "orphaned_sales": 23,
        }

    def test_a_rulebook_of_one_province_takes_only_its_shops(self, nation: Census) -> None:
        told = headline(nation, "henan")
        want = {"taobao_villages": 1, "taobao_towns": 0, "provinces": 1, "counties": 1, "coastal_villages": 0, "coastal_share": 0}
        want |= {"village_sales": 200, "village_and_town_sales": 200, "rural_sales": 205, "active_shops": 1, "clusters": 0}
        want |= {"unplaced_sales": 45, "orphaned_sales": 23}  # about no place, and so the same in every rulebook
        assert {metric: told[metric] for metric in want} == want
        assert told["counties_population"] is None  # none is known
        for table in ("village_status", "township_status", "county_year", "province_year"):
            assert {row["province_code"] for row in nation.published(table, rulebook="henan")} == {"41"}, table

    def test_metrics_are_over_the_rulebooks_platforms(self, nation: Census) -> None:
        # sales on tmall: shop 2 alone; so 张庄村 is the one village, and no town
        told = headline(nation, "tmall")
        want = {"taobao_villages": 1, "village_sales": 120, "rural_sales": 120, "village_transactions": 1, "active_shops": 1}
        assert {metric: told[metric] for metric in want} == want
        rows = nation.published("village_status", rulebook="tmall", year=2019)
        assert [(row["village"], row["sales"], row["transactions"], row["shops"], row["active_shops"]) for row in rows] == [
            ("府前社区", 0, 0, 1, 1),
            ("王庄村", 0, 0, 1, 1),
            ("丁楼村", 0, 0, 1, 1),
            ("张庄村", 120, 1, 1, 0),  # a shop on tmall is none of the village's active shops
            ("场部", 0, 0, 1, 1),
        ]
        (row,) = nation.published("province_year", rulebook="tmall", year=2019, province_code="37")
        assert (row["sales"], row["active_shops"]) == (120, 7)  # on taobao and tmall: shops 1 to 6 and 9

    def test_what_has_no_denominator_or_is_unknown_is_null(self, nation: Census) -> None:
        told = headline(nation, "plain", 2020)
        assert {metric for metric, value in told.items() if value is None} == {
            "coastal_share", "counties_population", "share_of_rural_sales"
        }  # fmt: skip
        assert {metric: value for metric, value in told.items() if value} == {"orphaned_sales": 2}

    def test_published_figures_stand_beside(self, nation: Census) -> None:
        rows = {row["metric"]: row for row in nation.published("headline", rulebook="plain", year=2019)}
        assert (rows["taobao_villages"]["published_value"], rows["taobao_villages"]["published_source"]) == (4310, "a report")
        assert rows["provinces"]["published_value"] == 25
        assert rows["clusters"]["published_value"] is None
        towns = rows["taobao_towns"]  # two of three sources give 1118
        assert towns["published_value"] == 1118
        assert all(source in towns["published_source"] for source in ("one paper", "another paper", "a third, late"))

    def test_units(self, nation: Census) -> None:
        units = {row["metric"]: row["unit"] for row in nation.published("headline", rulebook="plain", year=2019)}
        assert units["village_sales"] == units["orphaned_sales"] == "yuan"
        assert units["coastal_share"] == units["share_of_rural_sales"] == "share"
        assert (units["taobao_villages"], units["jobs"], units["counties"]) == ("villages", "jobs", "counties")

    def test_a_village_of_any_kind_is_rural_by_its_code(self, nation: Census) -> None:
        rows = nation.published("village_status", rulebook="plain", year=2019)
        assert {row["village"]: row["unit_type"] for row in rows} == {
            "府前社区": "urban_community", "王庄村": "village", "丁楼村": "village", "张庄村": "village", "场部": "village_like"
        }  # fmt: skip


class TestClusters:
    def test_tiers_and_that_larger_ones_are_clusters_too(self, census: Census) -> None:
        with_plain(census)
        counties = {f"37172{n}": n for n in range(1, 6)}  # 371721 has one Taobao village, …, 371725 has five
        divisions = [("37", "山东省"), ("3717", "菏泽市")]
        for county, n in counties.items():
            divisions += [(county, "县"), (f"{county}101", "镇"), *((f"{county}10120{i}", "村") for i in range(1, n + 1))]
        census.places(divisions)
        villages = [code for code, _ in divisions if len(code) == 12]
        census.lines("shops/a.csv", *(census.shop(i, code) for i, code in enumerate(villages, 1)))
        census.lines("transactions/a.csv", *(census.order(i, i, "2019-05-01", 100) for i in range(1, len(villages) + 1)))
        census.run()
        rows = census.published("county_year", rulebook="plain")
        assert [(row["taobao_villages"], row["cluster_tier"]) for row in rows] == [
            (1, None), (2, "cluster"), (3, "large"), (4, "super"), (5, "super")
        ]  # fmt: skip
        told = headline(census, "plain")
        assert (told["clusters"], told["large_clusters"], told["super_clusters"]) == (4, 3, 2)


# ---------------------------------------------------------------- the shipped rulebooks, on and beside their thresholds
TEN, MORE, LESS = "10000000.00", "10000000.01", "9999999.99"
THRESHOLDS = [
    # rulebook, year, unit, taobao shops, tmall shops, sales, households, one household for all: the status
    ("article", 2019, "201", 101, 0, MORE, 1010, False, True),  # 101 households are a tenth of 1010
    ("article", 2019, "201", 101, 0, TEN, 1010, False, False),  # more than ten million
    ("article", 2019, "201", 100, 0, MORE, 1000, False, False),  # more than a hundred shops
    ("article", 2019, "201", 100, 1, MORE, 1010, False, False),  # on taobao
    ("article", 2019, "201", 101, 9, MORE, 1010, False, True),
    ("article", 2019, "201", 101, 0, MORE, 1011, False, False),  # a tenth of the households
    ("article", 2019, "201", 101, 0, MORE, 10, True, True),  # one household of ten
    ("article", 2019, "201", 101, 0, MORE, 11, True, False),
    ("article", 2019, "201", 101, 0, MORE, None, False, False),  # unknown meets no criterion
    ("article", 2019, "001", 101, 0, MORE, 1010, False, False),  # an administrative village
    ("aliresearch", 2019, "201", 50, 50, TEN, 99_999, False, True),  # a hundred shops, on any platform
    ("aliresearch", 2019, "201", 99, 0, TEN, 99_999, False, False),
    ("aliresearch", 2019, "201", 99, 0, TEN, 990, False, True),  # a tenth
    ("aliresearch", 2019, "201", 99, 0, TEN, 991, False, False),
    ("aliresearch", 2019, "201", 100, 0, LESS, 10, False, False),
    ("aliresearch", 2019, "201", 100, 0, TEN, None, False, True),
    ("aliresearch", 2019, "001", 100, 0, TEN, None, False, True),  # to 2019 any unit
    ("aliresearch", 2020, "001", 100, 0, TEN, None, False, False),  # from 2020 a village
    ("aliresearch", 2020, "201", 100, 0, TEN, None, False, True),
    ("aliresearch", 2020, "501", 100, 0, TEN, None, False, False),
    ("zhejiang", 2019, "201", 51, 0, TEN, 99_999, False, True),  # more than fifty shops
    ("zhejiang", 2019, "201", 50, 0, TEN, 99_999, False, False),
    ("zhejiang", 2019, "201", 50, 0, TEN, 500, False, True),  # or a tenth of the households
    ("zhejiang", 2019, "201", 50, 0, TEN, 501, False, False),
    ("zhejiang", 2019, "001", 51, 0, TEN, None, False, False),
]


@pytest.fixture(scope="module")
def thresholds(tmp_path_factory: pytest.TempPathFactory, shared_census: Census) -> Census:
    """A village for each line, whose shops opened 30 days before the year's end and had one order each."""
    census = type(shared_census)(tmp_path_factory.mktemp("thresholds") / "census").shipped_rulebooks()
    divisions = [("33", "浙江省"), ("3301", "杭州市"), ("330110", "余杭区")]
    shops: list[str] = []
    orders: list[str] = []
    villages: list[str] = []
    for i, (_, year, unit, taobao, tmall, sales, households, one, _) in enumerate(THRESHOLDS):
        code = f"330110{101 + i}{unit}"
        divisions += [(code[:9], f"{i}镇"), (code, f"{i}村")]
        if households:
            villages.append(f"{code},{year},{households},,")
        for n in range(taobao + tmall):
            number = 1 + len(shops)
            shops.append(
                census.shop(
                    number, code, platform="taobao" if n < taobao else "tmall", opened_on=f"{year}-05-31",
                    household_id="H" if one else "",
                )
            )  # fmt: skip
            orders.append(census.order(number, number, f"{year}-06-15", sales if n == 0 else 0))
    census.places(divisions)
    census.lines("shops/a.csv", *shops)
    census.lines("transactions/a.csv", *orders)
    census.lines("villages/a.csv", *villages)
    census.run()
    return census


@pytest.mark.parametrize("line", range(len(THRESHOLDS)), ids=lambda i: "-".join(map(str, THRESHOLDS[i])))
def test_on_and_beside_the_thresholds(thresholds: Census, line: int) -> None:
    book, year, unit, taobao, tmall, sales, households, one, status = THRESHOLDS[line]
    (row,) = thresholds.published("village_status", rulebook=book, year=year, village_code=f"330110{101 + line}{unit}")
    assert row["is_taobao_village"] == status
    active = taobao if book == "article" else taobao + tmall
    told = (row["shops"], row["active_shops"], row["ecommerce_households"], row["sales"], row["households"])
    assert told == (taobao + tmall, active, 1 if one else active, Decimal(sales), households)
    counted = row["ecommerce_households" if book in ("article", "zhejiang") else "active_shops"]
    assert row["household_share"] == (pytest.approx(counted / households) if households else None)
    assert row["met_unit"] == (None if book == "aliresearch" and year < 2020 else unit == "201")
    assert row["met_sales"] == (Decimal(sales) > 10**7 if book == "article" else Decimal(sales) >= 10**7)
    assert row["met_households"] == (households is not None and 10 * counted >= households)


ACTIVE = [
    # opened on, closed on, orders in April to June 2019: active by aliresearch on 30 June 2019
    ("2019-05-31", "", 1, True),  # 30 days
    ("2019-06-01", "", 9, False),  # 29 days
    ("2019-05-16", "", 1, False),  # 45 days need 1.5 orders
    ("2019-05-16", "", 2, True),
    ("2019-05-01", "", 2, True),  # 60 days need 2
    ("2019-04-30", "", 2, False),  # 61 days need 2.03
    ("2019-04-01", "", 3, True),  # 90 days need 3
    ("2010-01-01", "", 2, False),
    ("2010-01-01", "", 3, True),
    ("2010-01-01", "2019-06-30", 9, False),  # closed on the year's last day: not open at its end
    ("2010-01-01", "2019-07-01", 3, True),
]


def test_active_shops_of_aliresearch(census: Census) -> None:
    census.shipped_rulebooks().places(
        [("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县"), *((f"371721{100 + i}", "镇") for i in range(len(ACTIVE)))]
    )
    census.lines(
        "shops/a.csv",
        *(census.shop(i, f"371721{99 + i}", opened_on=o, closed_on=c) for i, (o, c, *_) in enumerate(ACTIVE, 1)),
    )
    # an order before the last three months, and those of ACTIVE on their first day and in their last second
    lines = [census.order(1000 * i, i, "2019-03-31 23:59:59", 1) for i in range(1, len(ACTIVE) + 1)]
    for i, (_, _, orders, _) in enumerate(ACTIVE, 1):
        lines += [
            census.order(1000 * i + n, i, "2019-04-01" if n % 2 else "2019-06-30 23:59:59", 1) for n in range(1, orders + 1)
        ]
    census.lines("transactions/a.csv", *lines)
    census.run()
    rows = census.published("township_status", rulebook="aliresearch")
    assert [row["active_shops"] == 1 for row in rows] == [active for *_, active in ACTIVE]
    assert {row["active_shops"] for row in census.published("township_status", rulebook="article")} == {1}


# ---------------------------------------------------------------- a user's rulebook
class TestAFileMore:
    """A rulebook is a file in a folder: it appears in all tables, and nothing else changes."""

    def test_it_appears_in_all_tables(self, nation: Census) -> None:
        for table in ("village_status", "township_status", "county_year", "province_year", "headline", "village_history"):
            books = {row["rulebook"] for row in nation.published(table)}
            assert {"plain", "henan"} <= books, table
        assert {row["rulebook"] for row in nation.published("headline")} == {
            "aliresearch", "article", "zhejiang", "plain", "henan", "tmall"
        }  # fmt: skip

    def test_it_is_taken_up_by_the_next_run_and_changes_no_others(self, census: Census) -> None:
        census.shipped_rulebooks()
        census.lines("shops/a.csv", census.shop(1, "371721101201"))
        census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 100))
        census.run()
        before = {table: census.published(table) for table in ("village_status", "headline", "county_year")}
        with_plain(census)
        done = census.run()
        assert "plain" in done.out
        for table, rows in before.items():
            assert [row for row in census.published(table) if row["rulebook"] != "plain"] == rows
        assert [row["change"] for row in census.published("village_status", rulebook="plain")] == ["new"]
        assert "Nothing new" in census.run().out

    def test_a_wrong_one_stops_the_run_with_file_and_line(self, census: Census) -> None:
        with_plain(
            census, mine=PLAIN.replace('metric = "sales", op = ">=", value = 100', 'metric = "sale", op = ">=", value = 100')
        )
        line = PLAIN.splitlines().index('all = [{ metric = "sales", op = ">=", value = 100 }]') + 1
        done = census("run")
        assert done.status == 2
        assert f"mine.toml:{line}" in done.err
        assert census.current() is None

    def test_it_may_lead(self, census: Census) -> None:
        with_plain(census)
        done = census.run(lead_rulebook="plain")
        assert done.status == 0
        assert census("run", lead_rulebook="no_such").status == 2


def test_a_shop_moves_its_village_with_its_year(census: Census) -> None:
    """Every attribute comes from the version that was newest at the year's end, else from the oldest."""
    with_plain(census)
    census.lines(
        "shops/a.csv",
        census.shop(1, "371721101201", recorded_at="2018-09-01"),
        census.shop(1, "371721101202", recorded_at="2019-06-30 23:59:59.999999"),  # the year's last microsecond
        census.shop(1, "371721101203", recorded_at="2020-07-01"),  # the first of the next
        census.shop(1, "371721102201", recorded_at="2021-01-01"),
        census.shop(1, "371721102201", recorded_at="2021-01-01", platform="tmall"),  # of one moment the greatest: tmall > taobao
    )
    years = range(2017, 2022)
    census.lines("transactions/a.csv", *(census.order(y, 1, f"{y}-05-01", 100) for y in years))
    census.run()
    rows = census.published("shop_year")
    assert [(row["year"], row["village_code"][-6:], row["platform"]) for row in rows] == [
        (2017, "101201", "taobao"),  # nothing was known yet: the oldest
        (2018, "101201", "taobao"),
        (2019, "101202", "taobao"),
        (2020, "101202", "taobao"),
        (2021, "102201", "tmall"),
    ]
    assert [row["change"] for row in census.published("village_status", rulebook="plain")] == [
        "new", "retained", "lost", "new", "retained", "lost", "new"
    ]  # fmt: skip
