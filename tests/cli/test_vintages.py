"""`census snapshots` and `census diff`: which snapshots are kept, what one changed against another, and why."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from flows.engine import ROOT

if TYPE_CHECKING:
    from tests.conftest import Census

DAJI, DING, ZHANG = "371721101", "371721101201", "371721101202"


@pytest.fixture
def world(census: Census) -> Census:
    """In 2019, 丁楼村 (5 households) has the status with a shop of three orders of 4 million; 张庄村 a shop that sold for 10."""
    census.lines("shops/a.csv", census.shop(1, DING), census.shop(2, ZHANG))
    census.lines("transactions/a.csv", *orders(census))
    census.lines("villages/a.csv", f"{DING},2018,5,,")
    census.run()
    return census


def orders(census: Census, of_shop_2: object = 10) -> list[str]:
    """The lines of transactions/a.csv."""
    of_shop_1 = [census.order(n, 1, f"2019-05-0{n}", 4_000_000) for n in (1, 2, 3)]
    return [*of_shop_1, census.order(4, 2, "2019-05-04", of_shop_2)]


def rows(census: Census, *arguments: str) -> list[tuple[Any, ...]]:
    """What a command tells as JSON, without names."""
    done = census(*arguments, "--json")
    assert done.status == 0, done.said
    return [tuple(json.loads(line).values()) for line in done.out.splitlines()]


def said(census: Census, *arguments: str) -> str:
    """What people are told of a comparison, on one line."""
    done = census("diff", *arguments)
    assert done.status == 0, done.said
    return " ".join(done.out.split())


def figures(census: Census, *arguments: str) -> list[tuple[Any, ...]]:
    """The figures of diff: code, figure, old, new, difference, cause, files."""
    told = rows(census, "diff", *arguments)
    assert {row[:2] for row in told} <= {(2019, "aliresearch")}
    return [(row[3], *row[6:]) for row in told]


class TestCauses:
    def test_a_shop_that_moved(self, world: Census) -> None:
        world.lines("shops/b.csv", world.shop(1, ZHANG, recorded_at="2016-01-01"))
        world.run()
        out, moved, file = "shops: 1 moved out", "shops: 1 moved in", "shops/b.csv (arrived)"
        assert figures(world) == [
            (DING, "status", "1.00", "0.00", "-1.00", out, file),
            (DING, "sales", "12000000.00", None, "-12000000.00", out, file),
            (DING, "transactions", "3.00", None, "-3.00", out, file),
            (DING, "active_shops", "1.00", None, "-1.00", out, file),
            (DING, "households", "5.00", None, "-5.00", out, file),
            (ZHANG, "sales", "10.00", "12000010.00", "12000000.00", moved, file),
            (ZHANG, "transactions", "1.00", "4.00", "3.00", moved, file),
            (ZHANG, "active_shops", "0.00", "1.00", "1.00", moved, file),
            (DAJI, "taobao_villages", "1.00", "0.00", "-1.00", "its Taobao villages", None),
        ]
        assert rows(world, "diff", "--part", "status") == [
            (2019, "aliresearch", "village", DING, "丁楼村", "曹县", "lost", "12000000.00", None, 1, None, out, file)
        ]

    def test_an_order_that_was_corrected(self, world: Census) -> None:
        world.lines("transactions/a.csv", *orders(world, of_shop_2=30))
        world.run()
        why = ("shops: 1 with other sales", "transactions/a.csv (corrected)")
        assert figures(world) == [
            (ZHANG, "sales", "10.00", "30.00", "20.00", *why),
            (DAJI, "sales", "12000010.00", "12000030.00", "20.00", *why),
        ]
        assert rows(world, "diff", "--part", "status") == []
        assert [row[:5] for row in rows(world, "diff", "--part", "files")] == [
            ("transactions", "transactions/a.csv", "corrected", 4, 4)
        ]
        assert [row[2:6] for row in rows(world, "diff", "--part", "headline")] == [
            ("rural_sales", 12000010.0, 12000030.0, 20.0),
            ("share_of_rural_sales", 12000000 / 12000010, 12000000 / 12000030, pytest.approx(-1.6667e-06, rel=1e-3)),
        ]

    def test_shops_that_come_and_go(self, world: Census) -> None:
        world.lines("shops/b.csv", world.shop(3, ZHANG))
        world.lines("transactions/b.csv", world.order(9, 3, "2019-05-09", 5))
        world.run()
        why = ("shops: 1 came", "shops/b.csv (arrived), transactions/b.csv (arrived)")
        assert figures(world)[0] == (ZHANG, "sales", "10.00", "15.00", "5.00", *why)
        (world.raw / "transactions" / "b.csv").unlink()
        assert world("forget", "transactions/b.csv").status == 0
        why = ("shops: 1 went", "transactions/b.csv (withdrawn)")
        assert figures(world)[0] == (ZHANG, "sales", "15.00", "10.00", "-5.00", *why)

    def test_households_that_were_withdrawn(self, world: Census) -> None:
        (world.raw / "villages" / "a.csv").unlink()
        assert world("forget", "villages/a.csv").status == 0
        assert figures(world)[:2] == [
            (DING, "status", "1.00", "0.00", "-1.00", "households", "villages/a.csv (withdrawn)"),
            (DING, "households", "5.00", None, "-5.00", "households", "villages/a.csv (withdrawn)"),
        ]

    def test_a_rulebook_that_changed(self, world: Census) -> None:
        book = world.folder / "one-rulebook" / "aliresearch.toml"
        book.write_text(book.read_text(encoding="utf-8").replace("10_000_000", "20_000_000"), encoding="utf-8")
        world.run()
        assert figures(world)[0] == (DING, "status", "1.00", "0.00", "-1.00", "rulebooks changed", None)
        ((name, old, new),) = rows(world, "diff", "--part", "inputs")
        assert (name, len(old), len(new), old != new) == ("rulebooks", 64, 64, True)

    def test_a_setting_that_changed(self, world: Census) -> None:
        world.run(future_days="2")
        assert rows(world, "diff", "--part", "inputs") == [("settings future_days", "1", "2")]
        assert figures(world) == []

    def test_a_file_that_other_aliases_read_otherwise(self, world: Census) -> None:
        world.lines("shops/a.csv", world.shop(1, DING), world.shop(2, ZHANG), world.shop(3, ZHANG, platform="小店"))
        world.lines("transactions/b.csv", world.order(9, 3, "2019-05-09", 5))
        world.run("--accept", "quarantine")
        shipped = (ROOT / "data" / "reference" / "aliases.toml").read_text(encoding="utf-8")
        (world.folder / "aliases.toml").write_text(shipped.replace('["淘宝"]', '["淘宝", "小店"]'), encoding="utf-8")
        world.run(aliases=str(world.folder / "aliases.toml"))
        assert [row[1:5] for row in rows(world, "diff", "--part", "files")] == [("shops/a.csv", "read otherwise", 2, 3)]
        why = ("shops: 1 came", "shops/a.csv (read otherwise)")
        assert figures(world)[0] == (ZHANG, "sales", "10.00", "15.00", "5.00", *why)

    def test_a_copy_is_told_and_changes_nothing(self, world: Census) -> None:
        world.lines("transactions/copy.csv", *orders(world))
        world.run()
        assert [row[1:3] for row in rows(world, "diff", "--part", "files")] == [("transactions/copy.csv", "arrived")]
        assert figures(world) == []

    def test_segments_that_were_deleted_leave_the_files_out(self, world: Census) -> None:
        world.lines("transactions/a.csv", *orders(world, of_shop_2=30))
        world.run()
        for path in (world.warehouse / "segments").glob("transactions-*/rows-*.parquet"):
            path.unlink()
        assert figures(world)[0] == (ZHANG, "sales", "10.00", "30.00", "20.00", "shops: 1 with other sales", None)


class TestWhichSnapshots:
    def test_by_default_the_current_one_and_the_one_before(self, world: Census) -> None:
        first = world.current()
        for sales in (30, 50):
            world.lines("transactions/a.csv", *orders(world, of_shop_2=sales))
            world.run()
        names = [row[0] for row in rows(world, "snapshots")]
        assert (names[0], names[-1], len(names)) == (world.current(), first, 3)
        told = [[row[2:5] for row in figures(world, *which)[:1]] for which in ([], [names[2]], [names[2], names[1]], names[:2])]
        assert told == [
            [("30.00", "50.00", "20.00")],
            [("10.00", "50.00", "40.00")],
            [("10.00", "30.00", "20.00")],
            [("50.00", "30.00", "-20.00")],
        ]

    def test_what_cannot_be_compared(self, census: Census) -> None:
        for command in ("diff", "snapshots"):
            done = census(command)
            assert (done.status, "nothing is published yet" in done.err) == (2, True)
        census.lines("shops/a.csv", census.shop(1))
        census.run()
        done = census("diff")
        assert (done.status, f"no snapshot before {census.current()} is kept" in done.err) == (2, True)
        done = census("diff", "20000101T000000Z")
        assert (done.status, f"there is no snapshot 20000101T000000Z; there are {census.current()}" in done.err) == (2, True)


class TestTelling:
    def test_people_are_told_it_in_short_and_every_part(self, world: Census) -> None:
        world.lines("transactions/a.csv", *orders(world, of_shop_2=30))
        world.run()
        out = said(world)
        assert "under the rulebook aliresearch." in out
        assert "In short: - files: 1 corrected - 2019: figures of 1 village and 1 town changed" in out
        for part in (
            "Rulebooks, reference tables and settings that changed",
            "Villages and towns that gained or lost the status",
        ):
            assert f"{part}: none" in out
        assert "corrected transactions/a.csv (4 used before, 4 now)" in out
        assert "│ 12,000,010.00 │ 12,000,030.00 │ +20.00 │" in out
        place = f"2019 张庄村, 曹县 (village {ZHANG}) sales (yuan): 10.00 before, 30.00 now (+20.00, 200.0 %)"
        assert f"{place} Why: 1 shop has other sales. Files: transactions/a.csv (corrected)" in out
        assert f"Next: census explain {ZHANG} --year 2019" in out
        assert "1 more: census diff --part figures --csv, or --limit 2" in said(world, "--limit", "1")

    def test_people_are_told_who_lost_the_status_first(self, world: Census) -> None:
        first = world.current()
        world.lines("villages/b.csv", f"{DING},2019,50,,")
        world.lines("shops/b.csv", world.shop(1, ZHANG, recorded_at="2016-01-01"))
        world.run()
        out = said(world)
        assert "- 2019: 1 village lost the status; figures of 2 villages and 1 town changed" in out
        assert (
            out.index("no longer a Taobao village") < out.index("Figures of the whole census") < out.index("Files that changed")
        )
        assert (
            f"2019 丁楼村, 曹县 (village {DING}): no longer a Taobao village sales (yuan): 12,000,000.00 before, none now" in out
        )
        assert "Why: 1 shop moved out. Files: shops/b.csv (arrived)" in out
        assert f"2019 大集镇, 曹县 (township {DAJI}) Taobao villages in it: 1 before, 0 now (-1, 100.0 %)" in out
        assert "Why: villages in it gained or lost the status." in out
        again = said(world, world.current(), first)
        assert "now a Taobao village" in again
        assert "withdrawn shops/b.csv (its 1 row is not used any more)" in again

    def test_people_are_told_what_changed_besides_files(self, world: Census) -> None:
        book = world.folder / "one-rulebook" / "aliresearch.toml"
        book.write_text(book.read_text(encoding="utf-8").replace("10_000_000", "20_000_000"), encoding="utf-8")
        world.run(future_days="2")
        out = said(world)
        assert "The rulebooks changed. The setting future_days: 1 before, 2 now." in out
        assert "Why: the rulebooks and the setting future_days changed." in out
        world.run("--as-of", "2019-07-05", future_days="2")
        out = said(world)
        assert "as of 5 July 2019: later records are not used" in out
        assert "Records used: all before, those up to 2019-07-05 now." in out

    def test_records_after_the_day_of_the_census_explain_nothing(self, world: Census) -> None:
        world.run("--as-of", "2019-12-31")
        world.lines("shops/b.csv", world.shop(2, DING, recorded_at="2020-06-01"))
        world.lines("transactions/b.csv", world.order(9, 2, "2019-05-09", 5, updated_at="2019-06-01"))
        world.run("--as-of", "2019-12-31")
        assert {row[-1] for row in figures(world)} == {"transactions/b.csv (arrived)"}

    @pytest.mark.parametrize("width", [80, 120])
    def test_it_fits_the_terminal(self, world: Census, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", str(width))
        world.lines("shops/b.csv", world.shop(1, ZHANG, recorded_at="2016-01-01"))
        world.run()
        for command in ("diff", "snapshots"):
            out = world(command).out
            assert max(map(cell_len, out.splitlines())) <= width
            assert "12,000,000.00" in out or command == "snapshots"

    def test_people_are_told_which_snapshots_there_are(self, world: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "200")  # a snapshot of the same second has a longer name, which no line break cuts
        world.run("--as-of", "2019-07-05")
        out = " ".join(world("snapshots").out.replace("│", " ").split())
        assert world.current() in out
        for told in ("the current one", "as of 5 July 2019", "files: 3 arrived", "in 2019:", "Next: census diff"):
            assert told in out

    def test_one_part_one_year_one_rulebook(self, world: Census) -> None:
        world.lines("transactions/a.csv", *orders(world, of_shop_2=30))
        world.run()
        for part in ("figures", "headline"):
            assert len(rows(world, "diff", "--part", part, "--year", "2019", "--rulebook", "aliresearch")) == 2
            assert rows(world, "diff", "--part", part, "--year", "2018") == []
            assert rows(world, "diff", "--part", part, "--rulebook", "article") == []
        assert len(rows(world, "diff", "--limit", "1")) == 1
        told = list(csv.DictReader(io.StringIO(world("diff", "--csv").out)))
        assert [(row["code"], row["figure"], row["difference"]) for row in told] == [
            (ZHANG, "sales", "20.00"),
            (DAJI, "sales", "20.00"),
        ]

    def test_snapshots(self, world: Census) -> None:
        world.lines("transactions/a.csv", *orders(world, of_shop_2=30))
        world.lines("transactions/b.csv", world.order(5, 2, "2021-12-01", 1))
        world.run()
        current, first = (json.loads(line) for line in world("snapshots", "--json").out.splitlines())
        assert current.pop("made_at") >= first.pop("made_at")
        assert current == {
            "snapshot": world.current(),
            "is_current": True,
            "command": "run",
            "as_of": None,
            "files": 4,
            "arrived": 1,
            "corrected": 1,
            "withdrawn": 0,
            "revisions": 4,
            "years": "2019-2022",
            "provisional_years": "2022",
            "taobao_villages": 0,
            "taobao_towns": 0,
        }
        assert (first["files"], first["arrived"], first["years"], first["provisional_years"]) == (3, 3, "2019", None)
        assert (first["revisions"], first["taobao_villages"], first["is_current"]) == (0, 1, False)

    def test_a_snapshot_without_orders_or_revisions(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.run()
        (census.warehouse / "current" / "revision.parquet").unlink()
        (told,) = (json.loads(line) for line in census("snapshots", "--json").out.splitlines())
        assert (told["revisions"], told["years"], told["taobao_villages"]) == (None, None, None)
