"""A run that goes on from the snapshot before publishes what a run in a new warehouse does. Contract 1: "After any sequence of
deliveries, corrections and withdrawals, over any number of runs, the tables are identical".
"""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from flows import measure
from tests.conftest import Census

VILLAGE, NEIGHBOUR, TOWN = "371721101201", "371721101202", "371721102"
SHOPS = 30
Change = Callable[[Census], object]
order, shop = Census.order, Census.shop


def base(census: Census) -> Census:
    """Thirty shops in a village, the township and nowhere, with orders in 2018 to 2020; shop 31 is unknown."""
    homes = [VILLAGE] * 15 + [NEIGHBOUR] * 5 + [TOWN] * 5 + ["", "丁楼村", "大集镇张庄村", "某地", "371721"]
    census.lines("shops/a.csv", *(census.shop(i, home, household_id=f"H{i // 2}") for i, home in enumerate(homes, 1)))
    orders = [
        census.order(1000 * i + year - 2000, i, f"{year}-0{1 + i % 6}-15", 100 + i, updated_at=f"{year}-12-01")
        for i in range(1, SHOPS + 2)
        for year in (2018, 2019, 2020)
    ]
    census.lines("transactions/a.csv", *orders)
    census.lines("transactions/b.csv", census.order(18, 1, "2018-01-01", 7), census.order(1018, 2, "2019-03-01", 9))
    census.lines("transactions/d.csv", *(census.order(50 + i, i, "2024-05-01", 7) for i in (1, 26, 29, 31)))
    census.lines("villages/a.csv", f"{VILLAGE},2018,50,,")
    census.lines("lists/a.csv", f"2019,{VILLAGE}")
    return census


def file(path: str, *lines: str) -> Change:
    """A file of these lines arrives, or takes the place of one."""
    return lambda census: census.lines(path, *lines)


def gone(path: str) -> Change:
    """A file is taken away; its records are withdrawn by the run that follows."""
    return lambda census: (census.raw / path).unlink()


# what arrives, is corrected or goes; whether the run goes on from the shop-years of the one before
CHANGES: dict[str, tuple[Change, bool]] = {
    "a new order": (file("transactions/c.csv", order(1, 3, "2019-05-05", 50)), True),
    "a later version": (file("transactions/c.csv", order(3019, 3, "2019-04-15", 1, updated_at="2021-01-01")), True),
    "an older version": (file("transactions/c.csv", order(3019, 3, "2019-04-15", 1, updated_at="2009-01-01")), True),
    "an order moves to another year": (file("transactions/c.csv", order(3019, 3, "2020-04-15", 1)), True),
    "an order moves to another shop": (file("transactions/c.csv", order(3019, 4, "2019-04-15", 1)), True),
    "an order does not count any more": (
        file("transactions/c.csv", order(3019, 3, "2019-04-15", 1, status="TRADE_CLOSED")), True),
    "a shop has no order left in a year": (
        file("transactions/c.csv", order(3018, 3, "2018-04-15", 1, status="TRADE_CLOSED")), True),
    "a year after a gap": (file("transactions/c.csv", order(1, 3, "2027-05-05", 50)), True),
    "a year before all others": (file("transactions/c.csv", order(1, 3, "2016-05-05", 50)), True),
    "an order of a shop that had none": (file("transactions/c.csv", order(1, 26, "2021-05-05", 50)), True),
    "an order of an unknown shop": (file("transactions/c.csv", order(1, 77, "2019-05-05", 5)), True),
    "a refund for an unknown shop": (
        file("transactions/c.csv", order(31019, 31, "2019-02-15", 131, refunded_amount=31, updated_at="2021-02-01")), True),
    "an unknown shop arrives": (file("shops/b.csv", shop(31, NEIGHBOUR)), True),
    "a shop without orders arrives": (file("shops/b.csv", shop(99, NEIGHBOUR)), True),
    "a shop moves": (file("shops/b.csv", shop(3, NEIGHBOUR, recorded_at="2019-01-01")), True),
    "a shop moves to a place in words": (file("shops/b.csv", shop(3, "安蔡楼镇火神台村", recorded_at="2019-01-01")), True),
    "an older version of a shop": (file("shops/b.csv", shop(3, NEIGHBOUR, recorded_at="2004-01-01")), True),
    "a shop closes": (file("shops/b.csv", shop(3, VILLAGE, closed_on="2019-02-01", recorded_at="2019-02-01")), True),
    "a shop with an order in one delivery": (
        lambda c: (c.lines("shops/b.csv", shop(40, VILLAGE)), c.lines("transactions/c.csv", order(1, 40, "2019-05-05", 3))), True),
    "an export is corrected": (file("transactions/b.csv", order(18, 1, "2018-01-01", 8), order(5, 2, "2019-03-01", 9)), True),
    "the same rows in another file": (file("transactions/c.csv", order(18, 1, "2018-01-01", 7)), True),
    "the last year goes": (gone("transactions/d.csv"), True),
    "a file is withdrawn": (gone("transactions/b.csv"), True),
    "shops are corrected": (file("shops/a.csv", *(shop(i, NEIGHBOUR) for i in range(1, 20))), False),
    "households are corrected": (file("villages/a.csv", f"{VILLAGE},2018,5,,", f"{NEIGHBOUR},2019,7,,"), True),
    "another list": (file("lists/b.csv", f"2020,{NEIGHBOUR}", "2018,火神台村"), True),
    "most of the orders are new": (
        file("transactions/c.csv", *(order(i, 1 + i % SHOPS, "2019-05-05", i) for i in range(500, 700))), False),
}  # fmt: skip


def run(census: Census) -> None:
    """Publishes what is there, and withdraws what is not there any more."""
    files = [row["path"] for row in census.published("source_file")] if census.current() else []
    vanished = [path for path in files if not (census.raw / path).exists()]
    accept = ("--accept", "orphans")
    done = census("forget", *vanished, *accept) if vanished else census("run", *accept)
    assert done.status == 0, done.said


@pytest.fixture(scope="module")
def published_base(shared_census: Census) -> Census:
    """A census of the base alone."""
    run(base(shared_census))
    return shared_census


@pytest.fixture
def based(census: Census, published_base: Census) -> Census:
    """A census of its own, of the base."""
    for name in ("raw", "warehouse"):
        shutil.rmtree(census.folder / name, ignore_errors=True)
        shutil.copytree(published_base.folder / name, census.folder / name, symlinks=True)
    return census


@pytest.mark.slow  # two runs a case; test_one_after_the_other has them all in few
@pytest.mark.parametrize("case", CHANGES)
def test_one_change(based: Census, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change, goes_on = CHANGES[case]
    bases = list[measure.Base | None]()
    real = measure.open_base
    monkeypatch.setattr(measure, "open_base", lambda con, base, until: (bases.append(base), real(con, base, until)))
    change(based)
    run(based)
    found = based.tables()
    based.run("--rebuild", "--accept", "orphans")  # measures everything
    assert found == based.tables()
    assert [base is not None for base in bases] == [goes_on, False]


def test_one_after_the_other(based: Census, new_census: Callable[[], Census]) -> None:
    """Some changes on top of others: every figure is what one run in a new warehouse gives."""
    fresh = base(new_census())
    changes = [change for name, (change, _) in CHANGES.items() if name != "most of the orders are new"]
    for number, change in enumerate(changes):
        change(based)
        change(fresh)
        if number % 6 == 5:
            run(based)
    run(based)
    run(fresh)
    assert based.tables() == fresh.tables()


class TestWithoutABase:
    """What a run goes on from must be whole, and made under the same inputs; else it measures everything."""

    @pytest.mark.parametrize(
        ("path", "how"),
        [
            ("_state/sales_months.parquet", "gone"),
            ("_state/unknown_months.parquet", "spoilt"),
            ("_state/fold/part-0.parquet", "spoilt"),
            ("shop_year/year=2019/part-0.parquet", "spoilt"),
        ],
    )
    def test_a_file_of_it_that_is_spoilt_or_gone(self, based: Census, path: str, how: str) -> None:
        broken = based.warehouse / "current" / path
        data = bytearray(broken.read_bytes())
        broken.unlink()
        if how == "spoilt":
            data[len(data) // 2] ^= 1
            broken.write_bytes(data)
        CHANGES["a new order"][0](based)
        run(based)
        found = based.tables()
        based.run("--rebuild", "--accept", "orphans")
        assert found == based.tables()

    def test_other_divisions(self, based: Census, new_census: Callable[[], Census]) -> None:
        divisions = [("37", "山东省"), ("3717", "菏泽市"), ("371721", "曹县"), ("371721101", "大集镇"), (VILLAGE, "丁楼村")]
        based.places(divisions)
        run(based)
        fresh = base(new_census())
        fresh.places(divisions)
        run(fresh)
        assert based.tables() == fresh.tables()


def test_untouched_years_are_carried_over_as_they_are(based: Census) -> None:
    before = {year: based.warehouse / "current" / f"shop_year/year={year}/part-0.parquet" for year in (2018, 2019, 2020)}
    inodes = {year: path.resolve().stat().st_ino for year, path in before.items()}
    CHANGES["a new order"][0](based)  # of 2019
    run(based)
    assert [before[year].stat().st_ino == inodes[year] for year in (2018, 2019, 2020)] == [True, False, True]


class TestPacks:
    """Small segments are packed after a run; what is read is the same."""

    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("flows.intake.packs._FEW", 3)

    @staticmethod
    def deliver(census: Census, days: range) -> None:
        for day in days:
            rows = [
                order(5000 + day, 1 + day, "2019-05-05", day),
                order(3019, 3, "2019-04-15", day, updated_at=f"2021-01-{day:02}"),
            ]
            census.lines(f"transactions/day-{day}.csv", *rows)

    def test_the_tables_are_those_of_a_full_run(self, based: Census) -> None:
        self.deliver(based, range(1, 4))
        run(based)
        (pack,) = (based.warehouse / "packs").iterdir()
        self.deliver(based, range(4, 6))
        run(based)  # reads the pack
        assert list((based.warehouse / "packs").iterdir()) == [pack]
        found = based.tables()
        shutil.rmtree(pack.parent)
        based.run("--rebuild", "--accept", "orphans")
        assert found == based.tables()

    def test_a_corrected_file_undoes_its_pack(self, based: Census) -> None:
        self.deliver(based, range(1, 4))
        run(based)
        based.lines("transactions/day-2.csv", order(5002, 3, "2019-05-05", 77))
        run(based)
        found = based.tables()
        shutil.rmtree(based.warehouse / "packs", ignore_errors=True)
        based.run("--rebuild", "--accept", "orphans")
        assert found == based.tables()

    def test_a_damaged_pack_is_let_go(self, based: Census) -> None:
        self.deliver(based, range(1, 4))
        run(based)
        (rows,) = (based.warehouse / "packs").rglob("rows.parquet")
        rows.write_bytes(b"PAR1" + bytes(rows.stat().st_size - 8) + b"PAR1")
        self.deliver(based, range(4, 5))
        run(based)
        found = based.tables()
        based.run("--rebuild", "--accept", "orphans")
        assert found == based.tables()
