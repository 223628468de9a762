"""What no snapshot needs is removed by `census gc` and at the end of a run that published, and nothing else. Contract 6."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flows.ledger import Locked, State, StateLost, locked
from flows.publish import Leavings, Snapshots, collect

if TYPE_CHECKING:
    from tests.conftest import Census

ORDERS = "transactions/a.csv"


def named(number: int, table: str = "shops") -> str:
    """The name of a segment."""
    return f"{table}-csv.gz-{number:064x}-1.{number:08x}"


class Warehouse:
    """A warehouse of snapshots, each of one segment, the oldest first; and of further segments."""

    def __init__(self, folder: Path, snapshots: int, further: int = 0) -> None:
        self.folder, self.segments, self.snapshots = folder, folder / "segments", Snapshots(folder)
        for number in range(snapshots + further):
            (self.segments / named(number)).mkdir(parents=True)
            (self.segments / named(number) / "segment.json").write_text("1234567890")
        self.made = []
        for number in range(snapshots):
            snapshot = self.snapshots.folder / f"20190506T07080{number}Z"
            (snapshot / "_state").mkdir(parents=True)
            self.snapshots.commit(snapshot, State({"shops/a.csv": named(number)}), 10)
            self.made.append(snapshot)

    def there(self) -> list[int]:
        """The numbers of the segments that are there."""
        return sorted(int(path.name.split("-")[2], 16) for path in self.segments.iterdir() if not path.name.startswith("."))

    def files(self) -> dict[Path, bytes]:
        """All files."""
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file() and path.name != "lock"}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Three snapshots, and two segments that none of them needs."""
    return Warehouse(tmp_path / "warehouse", 3, 2)


class TestSegments:
    def test_those_of_kept_snapshots_stay(self, warehouse: Warehouse) -> None:
        found = collect(warehouse.folder, 10)
        assert [path.name for path in found.segments] == [named(3), named(4)]
        assert (found.bytes, found.failed) == (20, ())
        assert warehouse.there() == [0, 1, 2]
        assert collect(warehouse.folder, 10) == Leavings()

    @pytest.mark.parametrize(("keep", "stay"), [(1, [2]), (2, [1, 2]), (3, [0, 1, 2])])
    def test_those_of_snapshots_that_go_do_not(self, warehouse: Warehouse, keep: int, stay: list[int]) -> None:
        found = collect(warehouse.folder, keep)
        assert list(found.snapshots) == warehouse.made[: 3 - keep]
        assert warehouse.there() == stay

    def test_those_that_the_next_run_takes_in_stay(self, warehouse: Warehouse) -> None:
        told = {"/raw": {"shops/b.csv": [[1, 2, 3, 4], named(3)]}, "/other": {"shops/c.csv": [[], named(4)]}}
        (warehouse.folder / "seen.json").write_text(json.dumps(told))
        collect(warehouse.folder, 10)
        assert warehouse.there() == [0, 1, 2, 3, 4]

    @pytest.mark.parametrize("told", ["", "[]", '{"/raw": 1}', "{"])
    def test_what_cannot_be_read_of_what_was_seen_is_read_again(self, warehouse: Warehouse, told: str) -> None:
        (warehouse.folder / "seen.json").write_text(told)
        collect(warehouse.folder, 10)
        assert warehouse.there() == [0, 1, 2]

    def test_a_dry_run_removes_nothing(self, warehouse: Warehouse) -> None:
        before = warehouse.files()
        found = collect(warehouse.folder, 1, dry_run=True)
        assert warehouse.files() == before
        assert found == collect(warehouse.folder, 1)

    def test_a_state_that_cannot_be_read_stops_it(self, warehouse: Warehouse) -> None:
        state = warehouse.made[1] / "_state" / "state.json"
        state.write_text("{")
        before = warehouse.files()
        with pytest.raises(StateLost, match=rf"{state} cannot be read .* rm -r {warehouse.made[1]}"):
            collect(warehouse.folder, 10)
        assert warehouse.files() == before
        shutil.rmtree(warehouse.made[1])  # as it says
        collect(warehouse.folder, 10)
        assert warehouse.there() == [0, 2]

    def test_a_lost_link_stops_it(self, warehouse: Warehouse) -> None:
        warehouse.snapshots.link.unlink()
        before = warehouse.files()
        with pytest.raises(StateLost):
            collect(warehouse.folder, 10)
        assert warehouse.files() == before

    def test_what_cannot_be_removed_is_told(self, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
        remove = shutil.rmtree

        def fail(path: Path, **options: Any) -> None:
            if named(3) in path.name:
                raise PermissionError(13, "Permission denied", str(path))
            remove(path, **options)

        with monkeypatch.context() as patch:
            patch.setattr("shutil.rmtree", fail)
            found = collect(warehouse.folder, 10)
        assert ([path.name for path in found.segments], found.bytes) == ([named(4)], 10)
        assert "Permission denied" in found.failed[0]
        assert warehouse.there() == [0, 1, 2]  # a half removed one never has a segment's name
        assert len(collect(warehouse.folder, 10).others) == 1
        assert collect(warehouse.folder, 10) == Leavings()

    def test_another_run_has_the_warehouse(self, warehouse: Warehouse) -> None:
        with locked(warehouse.folder):
            for dry_run in (False, True):
                with pytest.raises(Locked):
                    collect(warehouse.folder, 10, dry_run)
        assert warehouse.there() == [0, 1, 2, 3, 4]

    def test_no_warehouse_is_made(self, tmp_path: Path) -> None:
        assert collect(tmp_path / "none", 10) == Leavings()
        assert not (tmp_path / "none").exists()


class TestOthers:
    def test_leavings_of_killed_runs_go(self, warehouse: Warehouse) -> None:
        (warehouse.snapshots.folder / "20200101T000000Z" / "_state").mkdir(parents=True)
        for name in ("scratch/reader-0", "segments/.building-reader-0", f"segments/.removing-{named(7)}"):
            (warehouse.folder / name).mkdir(parents=True)
            (warehouse.folder / name / "half").write_text("12345")
        (warehouse.folder / "seen.new").write_text("{")
        (warehouse.folder / "current.new").symlink_to("snapshots/20200101T000000Z")
        found = collect(warehouse.folder, 10)
        names = [path.relative_to(warehouse.folder).as_posix() for path in found.others]
        assert names == ["segments/.building-reader-0", f"segments/.removing-{named(7)}", "scratch", "current.new", "seen.new"]
        assert [path.name for path in found.snapshots] == ["20200101T000000Z"]
        assert (len(found.segments), found.bytes) == (2, 36)
        assert {path.name for path in warehouse.folder.iterdir()} == {"current", "lock", "segments", "snapshots"}
        assert [path.name for path in warehouse.segments.iterdir() if path.name.startswith(".")] == []

    def test_what_no_run_makes_stays(self, warehouse: Warehouse) -> None:
        names = ["notes.txt", "segments/notes.txt", "segments/shops-csv-old", f"segments/{named(9)}.bak", f"segments/{named(9)}",
                 f"segments/people-csv-{9:064x}-1.00000000", "snapshots/notes.txt", "snapshots/20190506", "exports/a.csv"]  # fmt: skip
        for name in names:
            (warehouse.folder / name).parent.mkdir(exist_ok=True)
            (warehouse.folder / name).write_text("mine")
        (warehouse.segments / named(8)).symlink_to(warehouse.folder / "exports")
        collect(warehouse.folder, 10)
        for name in [*names, f"segments/{named(8)}/a.csv"]:
            assert (warehouse.folder / name).read_text() == "mine"


@pytest.fixture(scope="module")
def once(shared_census: Census) -> tuple[Census, str]:
    """A census whose orders were corrected, and what its run said; there is a segment that nothing needs."""
    census = shared_census
    census.variables["CENSUS_KEEP_SNAPSHOTS"] = "1"
    census.lines("shops/a.csv", census.shop(1, "371721101201"))
    census.lines(ORDERS, census.order(1, 1, "2019-05-01", 5))
    census.run()
    first = next(census.warehouse.glob("segments/transactions-*"))
    census.lines(ORDERS, census.order(1, 1, "2019-05-01", 7))
    shutil.copytree(first, census.folder / "first")
    said = census.run().out
    assert not first.exists()
    shutil.copytree(census.folder / "first", first)
    return census, said


@pytest.fixture
def corrected(once: tuple[Census, str], census: Census) -> Census:
    """A copy of it."""
    shutil.copytree(once[0].folder, census.folder, symlinks=True, dirs_exist_ok=True)
    census.variables["CENSUS_KEEP_SNAPSHOTS"] = "1"
    return census


class TestTheCommand:
    def test_a_run_does_the_same_and_says_so(self, once: tuple[Census, str], corrected: Census) -> None:
        assert "Removed, as no snapshot needs them any more: 1 segment," in once[1]
        assert len(list(corrected.warehouse.glob("segments/*"))) == 3
        assert corrected("check").status == 0
        assert [row["sales"] for row in corrected.published("shop_year")] == [7]

    def test_what_it_tells(self, corrected: Census) -> None:
        tables = corrected.tables()
        dry = corrected("gc", "--dry-run")
        assert (dry.status, dry.err) == (0, "")
        assert dry.out.startswith("Would remove 1 segment, ")
        assert "\n  segments/transactions-csv-" in dry.out
        told = json.loads(corrected("gc", "--dry-run", "--json").out)
        assert (told["removed"], told["segments"], len(told["paths"]), told["failed"]) == (False, 1, 1, [])
        assert told["bytes"] > 100
        done = corrected("gc")
        assert (done.status, done.out.startswith("Removed 1 segment, ")) == (0, True)
        assert "Nothing to remove" in corrected("gc").out
        assert corrected.tables() == tables
        assert "Nothing new" in corrected.run().out

    def test_another_run_has_the_warehouse(self, corrected: Census) -> None:
        with locked(corrected.warehouse):
            done = corrected("gc")
        assert (done.status, "try again" in done.err) == (4, True)
        assert len(list(corrected.warehouse.glob("segments/*"))) == 3

    def test_what_a_published_run_cannot_remove_is_a_warning(self, corrected: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        before, remove = corrected.current(), shutil.rmtree

        def fail(path: Any, *arguments: Any, **options: Any) -> None:
            if ".removing-" in str(path) or str(path).endswith(str(before)):
                if options.get("ignore_errors"):
                    return
                raise PermissionError(13, "Permission denied", str(path))
            remove(path, *arguments, **options)

        corrected.lines("shops/b.csv", corrected.shop(2))
        with monkeypatch.context() as patch:
            patch.setattr("shutil.rmtree", fail)
            done = corrected("run", "--json")
            again, failing = corrected("run"), corrected("gc")
        told = json.loads(done.out)
        assert (done.status, told["published"], len(told["freed"]["failed"])) == (0, True, 2)
        assert Path(told["snapshot"]).name == corrected.current() != before
        assert "census: warning: not removed: [Errno 13] Permission denied" in done.err
        assert "census gc" in done.err
        assert (again.status, "Nothing new" in again.out) == (0, True)
        assert (failing.status, "Permission denied" in failing.err) == (1, True)
        assert corrected("gc").out.startswith("Removed 0 segments, 1 snapshot, 1 leaving, ")

    def test_an_interruption_after_the_switch_is_none(self, corrected: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> Leavings:
            raise KeyboardInterrupt

        corrected.lines("shops/b.csv", corrected.shop(2))
        with monkeypatch.context() as patch:
            patch.setattr("flows.publish.free", interrupt)
            done = corrected("run")
            patch.setattr("flows.reports.console.tell_outcome", interrupt)
            assert corrected("run").status == 0
        assert (done.status, "Published" in done.out, "not removed: interrupted" in done.err) == (0, True, True)

    def test_what_a_refused_run_read_is_not_thrown_away(self, corrected: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        corrected.lines("transactions/b.csv", corrected.order(2, 9, "2019-05-01", 500))
        assert corrected("run").status == 3
        corrected("gc")
        kept = list(corrected.warehouse.glob("segments/*"))
        assert len(kept) == 3

        def fail(*_: object) -> None:
            raise AssertionError("it is read again")

        monkeypatch.setattr("flows.intake.segments._split", fail)
        corrected.run("--accept", "orphans")
        assert sorted(kept) == sorted(corrected.warehouse.glob("segments/*"))

    def test_a_check_beside_a_run(self, corrected: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        from flows.intake import Segments

        damage = Segments.damage

        def publish_first(segments: Segments, name: str) -> str | None:
            monkeypatch.setattr(Segments, "damage", damage)
            corrected.lines(ORDERS, corrected.order(1, 1, "2019-05-01", 9))
            corrected.run()
            return damage(segments, name)

        monkeypatch.setattr(Segments, "damage", publish_first)
        done = corrected("check")
        assert (done.status, "all are whole" in done.out) == (0, True)
