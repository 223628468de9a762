"""`census release`: a year's figures are final only where nothing can or should change them, and then stay as they were signed."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import duckdb
import pytest

from flows.publish import releases
from flows.quality import Verdict
from flows.quality.suites import Check

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Census

DING, ZHANG = "371721101201", "371721101202"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Without Great Expectations, which takes seconds, but where a test is about it."""
    if "checks" not in request.node.name:
        monkeypatch.setattr("flows.census.check_snapshot", lambda _: [])


@pytest.fixture
def world(census: Census) -> Census:
    """In 2019 丁楼村 (5 households) has the status, with one shop that sold for 12 million; 张庄村 sold for 10 yuan."""
    census.lines("shops/a.csv", census.shop(1, DING), census.shop(2, ZHANG))
    census.lines("transactions/a.csv", *(census.order(n, 1, f"2019-05-0{n}", 4_000_000) for n in (1, 2, 3)))
    census.lines("transactions/b.csv", census.order(4, 2, "2019-05-04", 10))
    census.lines("villages/a.csv", f"{DING},2018,5,,")
    census.run()
    return census


def folder(world: Census, name: str = "2019-1") -> Path:
    return world.warehouse / "releases" / name


def held_back(world: Census, *arguments: str) -> list[str]:
    """The gates that hold a release back, as told; nothing is written."""
    done = world("release", "2019", *arguments)
    assert done.status == 3, done.said
    assert not releases(world.warehouse)
    return [line.strip() for line in done.err.splitlines()[1:]]


class TestGate:
    def test_a_year_that_is_not_there(self, world: Census) -> None:
        done = world("release", "2018")
        assert (done.status, done.err.splitlines()) == (
            3,
            ["Not released: 2018.", "  year: there are no figures of 2018, but from 2019 to 2019"],
        )

    def test_nothing_is_published(self, census: Census) -> None:
        done = census("release", "2019")
        assert done.status == 3 and "Next: census run" in done.err

    def test_a_year_of_which_orders_may_change(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1, DING))
        census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 10, updated_at="2019-06-01"))
        census.run()
        assert held_back(census, "--accept", "held,quarantine,orphans,future") == [
            "window: orders of 2019 may still change: no record is newer than its end. Deliver what is newer, then: census run"
        ]

    def test_a_year_that_is_over_in_the_records_alone(self, census: Census) -> None:
        """An order that is dated far ahead, which a run accepted, does not end a year."""
        census.lines("shops/a.csv", census.shop(1, DING))
        census.lines("transactions/a.csv", census.order(1, 1, "2098-05-01", 10, updated_at="2099-01-01"))
        census.run("--accept", "future")
        assert not census.published("headline")[0]["is_provisional"]
        done = census("release", "2098", "--accept", "future")
        assert (done.status, done.err.splitlines()[1:]) == (
            3,
            ["  window: 2098 lasts until 2098-06-30: release it when that is over"],
        )

    def test_a_snapshot_that_leaves_later_records_out(self, world: Census) -> None:
        world.run("--as-of", "2022-06-30")
        assert held_back(world) == ["as_of: the snapshot uses no record after 2022-06-30. Next: census run"]

    def test_a_snapshot_of_another_version(self, world: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("flows.census.__version__", "99")
        assert held_back(world) == ["code: the program changed since the snapshot was made. Next: census run"]

    def test_a_release_before_that_is_damaged(self, world: Census) -> None:
        world("release", "2019")
        told = folder(world) / "release.json"
        folder(world).chmod(0o755)
        told.unlink()
        world.lines("transactions/c.csv", world.order(5, 1, "2019-05-05", 10))
        world.run()
        done = world("release", "2019")
        assert done.status == 3
        assert "  release: 2019-1 is not as it was signed (release.json: not there): put it back from a copy of" in done.err

    def test_nobody_that_the_machine_knows_signs(self, world: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown() -> str:
            raise KeyError("getpwuid(): uid not found: 1234")

        monkeypatch.setattr("getpass.getuser", unknown)
        done = world("release", "2019")
        assert done.status == 2 and "say who signs: --by NAME" in done.err
        assert world("release", "2019", "--by", "王伟").status == 0

    def test_a_held_file_though_accepted_by_a_run(self, world: Census) -> None:
        world.deliver("shops/empty.csv", "")
        world.run("--accept", "held")
        told, todo = held_back(world)
        assert told == "held: shops/empty.csv: zero bytes"
        assert todo == "Correct or remove the files and run again, or accept: --accept held"

    def test_a_file_of_which_too_much_is_in_quarantine(self, world: Census) -> None:
        world.lines("transactions/c.csv", world.order(5, 1, "2019-05-05", 10), world.order(6, 1, "no day", 10))
        world.run("--accept", "quarantine")
        assert held_back(world)[0] == "quarantine: transactions/c.csv: 1 of 2 rows quarantined"

    def test_sales_of_unknown_shops(self, world: Census) -> None:
        """12,000,010 yuan are of known shops; 5 % of all would be 631,579.47 yuan."""
        world.lines("transactions/c.csv", world.order(5, 9, "2019-05-05", "631579.48"))
        world.run("--accept", "orphans")
        assert held_back(world)[0] == (
            "orphans: 631579.48 yuan of 2019 are sales of shops unknown to shops/, beside 12000010.00 of known ones"
        )
        world.lines("transactions/c.csv", world.order(5, 9, "2019-05-05", "631579.47"))
        world.run()
        assert world("release", "2019").status == 0

    def test_a_later_run_that_was_refused(self, world: Census) -> None:
        world.deliver("shops/empty.csv", "")
        assert world("run").status == 3
        assert held_back(world, "--accept", "held") == ["refused: a later run was refused: held. Next: census status"]

    def test_rulebooks_that_changed_since(self, world: Census) -> None:
        book = next((world.folder / "one-rulebook").glob("*.toml"))
        book.write_text(book.read_text().replace("10_000_000", "20_000_000"))
        assert held_back(world) == ["rulebooks: the rulebooks changed since the snapshot was made. Next: census run"]

    def test_checks_that_pass_and_checks_that_fail(self, world: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        assert world("release", "2019", "--dry-run").status == 0
        broken = Check("a_check", "jumps", "jump", "warn", "why", max=1)
        verdicts = [Verdict("headline", broken, "failed", "2019 (7)"), Verdict("headline", broken, "crashed", "no column")]
        monkeypatch.setattr("flows.census.check_snapshot", lambda _: verdicts)
        assert held_back(world) == ["checks: headline: a_check crashed: no column. Next: census checks"]

    def test_what_is_accepted_is_signed(self, world: Census) -> None:
        world.deliver("shops/empty.csv", "")
        world.run("--accept", "held")
        assert world("release", "2019", "--accept", "held", "--by", "王伟").status == 0
        told = json.loads((folder(world) / "release.json").read_text())
        assert [one["limit"] for one in told["accepted"]] == ["held"]
        assert (told["signed_by"], told["snapshot"]) == ("王伟", (world.warehouse / "current").resolve().name)

    def test_a_dry_run_writes_nothing(self, world: Census) -> None:
        assert "can be released" in world("release", "2019", "--dry-run").out
        assert not (world.warehouse / "releases").exists()


class TestRelease:
    def test_it_holds_the_year_as_it_was_published(self, world: Census) -> None:
        world.lines("transactions/c.csv", world.order(5, 1, "2020-05-05", 10))
        world.run()
        world("release", "2019")
        for table in ("village_status", "township_status", "county_year", "province_year", "shop_year"):
            name = f"{table}/year=2019/part-0.parquet"
            assert (folder(world) / name).read_bytes() == (world.warehouse / "current" / name).read_bytes()
            assert not list((folder(world) / table).glob("year=2020"))
        years = duckdb.sql(f"select distinct year from '{folder(world) / 'headline.parquet'}'").fetchall()
        assert years == [(2019,)]

    def test_anyone_can_check_the_sums(self, world: Census) -> None:
        world("release", "2019")
        subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder(world), check=True)

    def test_no_file_of_it_can_be_written(self, world: Census) -> None:
        world("release", "2019")
        files = [path for path in folder(world).rglob("*") if path.is_file()]
        assert files and all(path.stat().st_mode & 0o222 == 0 for path in [folder(world), *files])

    def test_a_change_is_found(self, world: Census) -> None:
        world("release", "2019")
        assert world("releases", "--verify").status == 0
        told = folder(world) / "release.json"
        told.chmod(0o644)
        told.write_text(told.read_text().replace("2019-1", "2019-7"))
        done = world("releases", "--verify", "--json")
        assert done.status == 1 and json.loads(done.out)["damage"] == "release.json: changed"
        for damage, harm in (("changed", lambda: told.write_text("{")), ("not there", told.unlink)):
            folder(world).chmod(0o755)
            harm()
            done = world("releases", "--verify", "--json")
            assert done.status == 1 and json.loads(done.out)["damage"] == f"release.json: {damage}"

    def test_again_without_a_change_makes_none(self, world: Census) -> None:
        world("release", "2019")
        world.lines("transactions/c.csv", world.order(5, 1, "2020-05-05", 10))  # of another year
        world.run()
        assert "Nothing changed" in world("release", "2019").out
        assert [release.name for release in releases(world.warehouse)] == ["2019-1"]

    def test_the_next_one_tells_what_changed(self, world: Census) -> None:
        world("release", "2019")
        world.lines("transactions/a.csv", *(world.order(n, 1, f"2019-05-0{n}", 3_000_000) for n in (1, 2, 3)))
        world.run()
        world("release", "2019")
        assert [release.name for release in releases(world.warehouse)] == ["2019-1", "2019-2"]
        changes = (folder(world, "2019-2") / "CHANGES.md").read_text().splitlines()
        assert changes[:15] == [
            "# 2019-2",
            "",
            "Against 2019-1, under each rulebook.",
            "",
            "## aliresearch",
            "",
            "Villages and towns that gained or lost the status, or have other figures:",
            "",
            "|  | code | name | sales | orders | active shops | households | Taobao villages |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
            f"| lost (village) | {DING} | 丁楼村 | 12,000,000.00 → 9,000,000.00 | 3 | 1 | 5 |  |",
            "| other figures (township) | 371721101 | 大集镇 | 12,000,010.00 → 9,000,010.00 | 4 | 1 |  | 1 → 0 |",
            "",
            "Figures of the whole census:",
            "",
        ]
        assert {"| taobao_villages | 1 → 0 |", "| rural_sales | 12,000,010 → 9,000,010 |"} <= set(changes)
        differ = changes[changes.index("## Files that differ") :]
        assert "- `shop_year/year=2019/part-0.parquet`" in differ
        assert not any("rulebooks/" in line for line in differ)

    def test_the_next_one_tells_which_rules_changed(self, world: Census) -> None:
        world("release", "2019")
        book = next((world.folder / "one-rulebook").glob("*.toml"))
        book.write_text(book.read_text() + "# a comment\n")
        world.run()
        world("release", "2019")
        changes = (folder(world, "2019-2") / "CHANGES.md").read_text()
        assert "No village or town has another status or other figures." in changes
        assert "| rulebooks | " in changes
        assert changes.endswith("## Files that differ\n\n- `rulebooks/aliresearch.toml`\n")

    def test_diff_tells_what_differs_by_now(self, world: Census) -> None:
        world("release", "2019")
        world.lines("transactions/a.csv", *(world.order(n, 1, f"2019-05-0{n}", 3_000_000) for n in (1, 2, 3)))
        world.lines("transactions/c.csv", world.order(5, 2, "2020-05-05", 10))  # of another year: not told
        world.run()
        told = [json.loads(line) for line in world("diff", "2019-1", "--part", "status", "--json").out.splitlines()]
        assert [(row["year"], row["code"], row["status"], row["old_sales"]) for row in told] == [
            (2019, DING, "lost", "12000000.00")
        ]
        assert told[0]["files"] == "transactions/a.csv (corrected)"
        by_year = world("diff", "--release", "2019", "--part", "status", "--json").out
        assert [json.loads(line) for line in by_year.splitlines()] == told
        assert world("diff", "--release", "2019").out.startswith(f"What changed from 2019-1 to {world.current()},")
        assert world("diff", "2019-1", "--release", "2019").status == 2
        done = world("diff", "--release", "2018")
        assert done.status == 2 and "there is no release of 2018. Next: census release 2018" in done.err

    def test_it_outlives_snapshots_and_gc(self, world: Census) -> None:
        world("release", "2019")
        for number in range(3):
            world.lines("transactions/c.csv", world.order(5, 1, "2020-05-05", number + 1))
            world.run(keep_snapshots="1")
        assert world("gc", keep_snapshots="1").status == 0
        assert releases(world.warehouse)[0].damage() == []

    @pytest.mark.parametrize("step", ["write_package", "sync_all", "Path.rename"])
    def test_one_that_fails_leaves_nothing(self, world: Census, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(f"flows.publish.release.{step}", full)
            done = world("release", "2019")
        assert done.status == 1 and "No space left" in done.err
        assert not (world.warehouse / "releases").exists()
        assert world("release", "2019").status == 0
