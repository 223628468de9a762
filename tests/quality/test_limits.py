"""The limits under which a run publishes: each exactly on it and just over. Contract 1, "Nothing is lost"."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from flows.intake import Segment
from flows.measure import Orders
from flows.quality import exceeded
from flows.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import Census, Done


def segment(rows: int | None = 1, quarantined: int | None = 0, held: str | None = None, sha256: str = "s") -> Segment:
    """A segment with these counts."""
    accepted = None if rows is None or quarantined is None else rows - quarantined
    return Segment("name", "shops", "csv", sha256, 1, rows, accepted, quarantined, held, None, ())


def orders(sales: str = "0", orphaned: str = "0", future_orders: int = 0, future_shops: int = 0) -> Orders:
    """What a fold tells."""
    return Orders(None, future_orders, future_shops, Decimal(sales), Decimal(orphaned), 2)


def limits(
    live: dict[str, Segment], told: Orders | None = None, accepted: dict[str, list[str]] | None = None, **settings: object
) -> list[str]:
    """The limits exceeded."""
    found = exceeded(live, told or orders(), accepted or {}, Settings(**settings))  # type: ignore[arg-type]
    return [excess.limit for excess in found]


class TestQuarantine:
    """Over 1 % of a file's rows."""

    @pytest.mark.parametrize(
        ("rows", "quarantined", "over"),
        [
            (0, 0, False),
            (1, 0, False),
            (1, 1, True),
            (99, 1, True),
            (100, 1, False),
            (101, 1, False),
            (100, 2, True),
            (199, 2, True),
            (200, 2, False),
            (1_000_000, 10_000, False),
            (1_000_000, 10_001, True),
        ],
    )
    def test_on_and_over(self, rows: int, quarantined: int, over: bool) -> None:
        assert limits({"a": segment(rows, quarantined)}) == ["quarantine"] * over

    def test_each_file_by_itself(self) -> None:
        assert limits({"a": segment(1000, 0), "b": segment(50, 1, sha256="t")}) == ["quarantine"]
        (excess,) = exceeded({"a": segment(1000, 0), "b": segment(50, 1, sha256="t")}, orders(), {}, Settings())
        assert [line.partition(":")[0] for line in excess.lines] == ["b"]
        assert "1 of 50" in excess.lines[0]
        assert "2 %" in excess.lines[0]  # 1 / 50

    def test_the_limit_is_a_setting(self) -> None:
        assert limits({"a": segment(100, 5)}, quarantine_limit="0.05") == []
        assert limits({"a": segment(100, 6)}, quarantine_limit="0.05") == ["quarantine"]
        assert limits({"a": segment(1000, 1)}, quarantine_limit="0") == ["quarantine"]


class TestOrphans:
    """Over 5 % of all sales are of shops unknown to shops/."""

    @pytest.mark.parametrize(
        ("sales", "orphaned", "over"),
        [
            ("0", "0", False),
            ("100", "5", False),
            ("100", "5.01", True),
            ("99.99", "5", True),
            ("5", "5", True),
            ("0.20", "0.01", False),
            ("0.19", "0.01", True),
            # 20 * 0.05 of what a double would not tell apart
            ("99999999999999999999.80", "4999999999999999999.99", False),
            ("99999999999999999999.80", "5000000000000000000.00", True),
        ],
    )
    def test_on_and_over(self, sales: str, orphaned: str, over: bool) -> None:
        assert limits({}, orders(sales, orphaned)) == ["orphans"] * over

    def test_the_limit_is_a_setting(self) -> None:
        assert limits({}, orders("100", "100"), orphans_limit="1") == []
        assert limits({}, orders("100", "0.01"), orphans_limit="0") == ["orphans"]

    def test_in_a_run(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 95), census.order(2, 2, "2019-05-01", 5))
        census.run()  # 5 of 100
        census.lines("transactions/b.csv", census.order(3, 2, "2007-05-01", "0.01"))  # whatever the year
        done = census("run")
        assert done.status == 3
        assert "5.01" in done.out
        assert "100.01" in done.out


class TestHeld:
    def test_one_is_enough(self) -> None:
        assert limits({"a": segment(), "b": segment(None, None, "zero bytes", sha256="t")}) == ["held"]

    def test_all_limits_at_once(self) -> None:
        live = {"a": segment(10, 1), "b": segment(None, None, "zero bytes", sha256="t")}
        assert limits(live, orders("10", "1", 1, 0)) == ["held", "quarantine", "orphans", "future"]


class TestFuture:
    """A current order or shop is dated over one day after the run, in Shanghai's time."""

    def test_any_is_too_many(self) -> None:
        assert limits({}, orders(future_orders=1)) == ["future"]
        assert limits({}, orders(future_shops=1)) == ["future"]

    @staticmethod
    def in_shanghai(hours: float) -> str:
        moment = datetime.now(UTC) + timedelta(hours=8 + hours)
        return moment.strftime("%Y-%m-%d %H:%M:%S")

    @pytest.mark.parametrize("table", ["orders", "shops"])
    def test_in_a_run(self, census: Census, table: str) -> None:
        def deliver(hours: float) -> Done:
            at = self.in_shanghai(hours)
            census.lines("shops/a.csv", census.shop(1, recorded_at=at if table == "shops" else "2015-01-01"))
            order = census.order(1, 1, "2019-05-01", 5, updated_at=at if table == "orders" else "2019-06-01")
            census.lines("transactions/a.csv", order)
            return census("run")

        assert deliver(23.9).status == 0
        done = deliver(24.1)
        assert (done.status, "future" in done.out) == (3, True)
        assert f"1 {table}" in done.out
        assert deliver(24.2).status == 3
        census.variables["CENSUS_FUTURE_DAYS"] = "2"
        assert deliver(47.9).status == 0

    def test_an_outdated_version_does_not_matter(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1, recorded_at="2090-01-01"), census.shop(1, recorded_at="2091-01-01"))
        done = census("run")
        assert (done.status, "1 shops" in done.out) == (3, True)  # one shop, though two versions


class TestAcceptance:
    """Acceptance of held and quarantine is remembered with the contents that it was given for; the others are for that run."""

    def test_a_content_that_was_accepted(self) -> None:
        spoilt, broken = segment(10, 1), segment(None, None, "zero bytes", sha256="t")
        live = {"a": spoilt, "b": broken}
        assert limits(live, accepted={"quarantine": [spoilt.content], "held": [broken.content]}) == []
        assert limits(live, accepted={"quarantine": [spoilt.content]}) == ["held"]
        assert limits(live, accepted={"held": [spoilt.content], "quarantine": [broken.content]}) == ["held", "quarantine"]

    def test_it_is_remembered_for_the_content_under_any_name_and_not_for_another(self, census: Census) -> None:
        spoilt = census.lines("shops/a.csv", census.shop(1), "x")
        census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5))
        assert census("run").status == 3
        census.run("--accept", "quarantine")
        census.lines("transactions/b.csv", census.order(2, 1, "2019-05-01", 5))
        census.run()  # nobody asks again
        census.deliver("shops/copy.csv", spoilt.read_bytes())
        census.run()
        census.lines("shops/b.csv", census.shop(2), "x")
        assert census("run").status == 3
        assert "shops/b.csv" in census("run").out
        assert "shops/a.csv" not in census("run").out
        (census.raw / "shops/b.csv").unlink()
        census.lines("shops/a.csv", census.shop(1), "y")  # new content under the accepted path
        assert census("run").status == 3

    def test_held_is_remembered_too(self, census: Census) -> None:
        census.deliver("shops/a.csv", "")
        assert census("run").status == 3
        census.run("--accept", "held")
        census.lines("shops/b.csv", census.shop(1))
        census.run()
        assert [(row["path"], row["held_reason"]) for row in census.published("source_file")] == [
            ("shops/a.csv", "zero bytes"), ("shops/b.csv", None)
        ]  # fmt: skip
        assert census("run", "--rebuild").status == 0

    def test_orphans_and_future_are_accepted_for_that_run(self, census: Census) -> None:
        census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5, updated_at="2090-01-01"))
        assert census("run").status == 3
        assert census("run", "--accept", "orphans").status == 3
        census.run("--accept", "future,orphans")
        assert "Nothing new" in census.run().out
        census.lines("transactions/b.csv", census.order(2, 1, "2019-05-01", 5))
        done = census("run")
        assert (done.status, [limit in done.out for limit in ("orphans", "future")]) == (3, [True, True])
        assert census("run", "--rebuild").status == 3

    def test_all_live_files_count_each_run_anew(self, census: Census) -> None:
        """Also a file that is gone from the raw folder, and one that was accepted under another limit."""
        census.lines("shops/a.csv", census.shop(1), "x").unlink()
        spoilt = census.lines("shops/a.csv", census.shop(1), "x")
        census.run("--accept", "quarantine", quarantine_limit="0")
        spoilt.unlink()
        census.run(quarantine_limit="0")
        census.lines("shops/b.csv", *(census.shop(i) for i in range(1, 200)), "x")
        assert census("run", quarantine_limit="0").status == 3
        assert "Published" in census.run().out  # 1 of 200 is under the usual limit


class TestMessages:
    def test_a_refused_run_names_every_file_its_counts_and_what_accepts_it(self, census: Census) -> None:
        census.deliver("shops/empty.csv", "")
        census.deliver("shops/broken.parquet", "x")
        census.lines("shops/spoilt.csv", census.shop(1), "x", "y")
        census.lines("transactions/a.csv", census.order(1, 7, "2019-05-01", 1234.5, updated_at="2090-01-01"))
        done = census("run")
        assert done.status == 3
        told = done.out
        for words in (
            "shops/empty.csv: zero bytes", "shops/broken.parquet: not readable as Parquet",
            "shops/spoilt.csv: 2 of 3 rows", "1,234.50", "1 orders",
            "--accept held", "--accept quarantine", "--accept orphans", "--accept future", "--accept held,quarantine,orphans,future",
        ):  # fmt: skip
            assert words in told, words
        assert census("run", "--accept", "held,quarantine,orphans").status == 3
        assert "--accept held" not in census("run", "--accept", "held,quarantine,orphans").out
        assert census("run", "--accept", "held,quarantine,orphans,future").status == 0

    def test_as_json(self, census: Census) -> None:
        census.deliver("shops/empty.csv", "")
        done = census("run", "--json")
        told = json.loads(done.out)
        assert (done.status, told["published"], list(told["limits"])) == (3, False, ["held"])
        assert "shops/empty.csv" in told["limits"]["held"][0]

    def test_status_tells_what_was_refused_until_a_run_publishes(self, census: Census) -> None:
        file = census.deliver("shops/empty.csv", "")
        census("run")
        assert "shops/empty.csv" in census("status").out
        file.unlink()
        census.run()
        assert "shops/empty.csv" not in census("status").out

    def test_accepting_what_is_not_exceeded_has_no_effect(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.run("--accept", "held,quarantine,orphans,future")
        census.deliver("shops/b.csv", "")
        assert census("run").status == 3


class TestRefused:
    """A refused run changes nothing: what came stays to be taken in by the next run."""

    @pytest.fixture
    def refused(self, census: Census) -> Census:
        census.lines("shops/a.csv", census.shop(1))
        census.lines("transactions/a.csv", census.order(1, 1, "2019-05-01", 5))
        census.run()
        return census

    def test_current_stays(self, refused: Census) -> None:
        before, tables = refused.current(), refused.tables()
        refused.lines("transactions/b.csv", refused.order(2, 1, "2019-05-01", 6))
        empty = refused.deliver("shops/b.csv", "")
        assert refused("run").status == 3
        assert (refused.current(), refused.tables()) == (before, tables)
        assert len(list(refused.warehouse.glob("snapshots/*"))) == 1
        empty.unlink()
        done = refused.run()
        assert "1 arrived" in done.out  # b.csv of transactions; the empty file was never taken in
        assert [int(row["sales"]) for row in refused.published("shop_year")] == [11]

    def test_so_does_a_file_that_is_gone_before_it_was_taken_in(self, refused: Census) -> None:
        refused.lines("transactions/b.csv", refused.order(2, 1, "2019-05-01", 6)).unlink()
        spoilt: Sequence[str] = ["shops/b.csv", "transactions/b.csv"]
        for path in spoilt:
            refused.deliver(path, "")
        assert refused("run").status == 3
        for path in spoilt:
            (refused.raw / path).unlink()
        assert "Nothing new" in refused.run().out
        assert refused("forget", "transactions/b.csv").status == 2  # it never was live

    def test_a_refused_forget_withdraws_nothing(self, refused: Census) -> None:
        (refused.raw / "shops/a.csv").unlink()
        done = refused("forget", "shops/a.csv")
        assert done.status == 3  # all sales are of an unknown shop then
        assert [row["path"] for row in refused.published("source_file")] == ["shops/a.csv", "transactions/a.csv"]
        assert refused("forget", "shops/a.csv", "--accept", "orphans").status == 0
        assert [row["path"] for row in refused.published("source_file")] == ["transactions/a.csv"]
