"""What comes, is corrected, vanishes and is withdrawn. Contract 1, "Which version wins", from "A file is known by"."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.ledger import Changes, Delivery, RawFile, UnknownPath, compare, withdraw

if TYPE_CHECKING:
    from tests.conftest import Census


def delivery(*paths: str) -> Delivery:
    """What a scan finds where these files are there."""
    return Delivery(tuple(RawFile(path, "shops", "csv", (0, 0, 0, 0)) for path in paths), ())


class TestCompare:
    def test_every_kind_of_change(self) -> None:
        before = {"same": "s1", "corrected": "s2", "vanished": "s3", "withdrawn": "s4"}
        after = {"same": "s1", "corrected": "s5", "vanished": "s3", "arrived": "s6"}
        assert compare(before, after, delivery("same", "corrected", "arrived")) == Changes(
            arrived=("arrived",), corrected=("corrected",), vanished=("vanished",), withdrawn=("withdrawn",)
        )

    def test_a_vanished_file_alone_is_no_change(self) -> None:
        changes = compare({"a": "s1"}, {"a": "s1"}, delivery())
        assert changes.vanished == ("a",)
        assert not changes


class TestWithdraw:
    def test_the_others_stay(self) -> None:
        assert withdraw({"a": "s1", "b": "s2"}, delivery("b"), ["a"]) == {"b": "s2"}

    def test_a_file_that_is_still_there(self) -> None:
        with pytest.raises(UnknownPath, match="a is still in the raw folder"):
            withdraw({"a": "s1"}, delivery("a"), ["a"])

    @pytest.mark.parametrize("path", ["b", "./a", "/a", "a/", "", "A", "../a"])
    def test_a_path_that_is_unknown(self, path: str) -> None:
        with pytest.raises(UnknownPath, match="is not known"):
            withdraw({"a": "s1"}, delivery(), [path])

    def test_twice_the_same(self) -> None:
        assert withdraw({"a": "s1"}, delivery(), ["a", "a"]) == {}


# ---------------------------------------------------------------- over runs of the census
@pytest.fixture
def shop(census: Census) -> Census:
    """A census with one shop, number 1."""
    census.lines("shops/a.csv", census.shop(1))
    return census


def sales(census: Census) -> int | None:
    """What the shop sold in 2019."""
    rows = census.published("shop_year", year=2019)
    return int(rows[0]["sales"]) if rows else None


def files(census: Census) -> dict[str, str | None]:
    """The live files of transactions/, and what each is a duplicate of."""
    return {
        row["path"].removeprefix("transactions/"): row["duplicate_of"]
        for row in census.published("source_file", table="transactions")
    }


class TestPaths:
    def test_new_content_under_a_known_path_replaces_what_it_gave(self, shop: Census) -> None:
        shop.lines("transactions/a.csv", shop.order(1, 1, "2019-01-01", 10), shop.order(2, 1, "2019-01-01", 20))
        shop.run()
        assert sales(shop) == 30  # 10 + 20
        shop.lines("transactions/a.csv", shop.order(2, 1, "2019-01-01", 5, updated_at="2021-01-01"))
        done = shop.run()
        assert "1 corrected" in done.out
        assert sales(shop) == 5  # order 1 is gone, and order 2 counts although the corrected version is older

    def test_the_same_content_under_another_name_adds_nothing(self, shop: Census) -> None:
        for name in ("b", "a", "c"):
            shop.lines(f"transactions/{name}.csv", shop.order(1, 1, "2019-01-01", 10), "x")
        shop.run("--accept", "quarantine")
        assert sales(shop) == 10
        assert files(shop) == {"a.csv": None, "b.csv": "transactions/a.csv", "c.csv": "transactions/a.csv"}
        assert [(row["path"], row["line"]) for row in shop.published("quarantine")] == [("transactions/a.csv", 3)]
        assert {row["rows"] for row in shop.published("source_file", table="transactions")} == {2}

    def test_a_content_stays_as_long_as_one_of_its_paths(self, shop: Census) -> None:
        for name in ("a", "b"):
            shop.lines(f"transactions/{name}.csv", shop.order(1, 1, "2019-01-01", 10), "x")
        shop.run("--accept", "quarantine")
        (shop.raw / "transactions/a.csv").unlink()
        assert shop("forget", "transactions/a.csv").status == 0
        assert (sales(shop), files(shop)) == (10, {"b.csv": None})
        assert [row["path"] for row in shop.published("quarantine")] == ["transactions/b.csv"]
        (shop.raw / "transactions/b.csv").unlink()
        assert shop("forget", "transactions/b.csv").status == 0
        assert (sales(shop), files(shop), shop.published("quarantine")) == (None, {}, [])

    def test_the_same_content_in_another_folder_or_format_is_another(self, shop: Census) -> None:
        empty = shop.deliver("transactions/a.csv", "")
        for other in ("transactions/b.jsonl", "transactions/c.CSV", "villages/a.csv"):
            shop.deliver(other, empty.read_bytes())
        shop.run("--accept", "held")
        told = {row["path"]: row["duplicate_of"] for row in shop.published("source_file") if row["bytes"] == 0}
        assert told == {
            "transactions/a.csv": None,
            "transactions/b.jsonl": None,
            "transactions/c.CSV": "transactions/a.csv",  # the format is the extension, in any case
            "villages/a.csv": None,
        }

    def test_a_renamed_file_leaves_its_old_path_behind(self, shop: Census) -> None:
        file = shop.lines("transactions/a.csv", shop.order(1, 1, "2019-01-01", 10))
        shop.run()
        file.rename(file.with_name("b.csv"))
        done = shop.run()
        assert "transactions/a.csv" in done.out  # gone, records kept
        assert (sales(shop), files(shop)) == (10, {"a.csv": None, "b.csv": "transactions/a.csv"})
        assert shop("forget", "transactions/a.csv").status == 0
        assert (sales(shop), files(shop)) == (10, {"b.csv": None})


class TestGone:
    def test_a_file_that_disappears_keeps_its_records(self, shop: Census) -> None:
        file = shop.lines("transactions/a.csv", shop.order(1, 1, "2019-01-01", 10))
        shop.run()
        file.unlink()
        before = shop.current()
        assert "Nothing new" in shop.run().out
        assert shop.current() == before
        shop.lines("transactions/b.csv", shop.order(2, 1, "2019-01-01", 1))
        assert "transactions/a.csv" in shop.run().out
        assert (sales(shop), files(shop)) == (11, {"a.csv": None, "b.csv": None})
        assert "Nothing new" in shop.run().out

    def test_it_comes_back(self, shop: Census) -> None:
        file = shop.lines("transactions/a.csv", shop.order(1, 1, "2019-01-01", 10))
        shop.run()
        file.unlink()
        shop.run()
        shop.lines("transactions/a.csv", shop.order(1, 1, "2019-01-01", 10))
        assert "Nothing new" in shop.run().out

    def test_forget_withdraws_and_takes_in_what_is_new(self, shop: Census) -> None:
        file = shop.lines("transactions/a.csv", shop.order(1, 1, "2019-01-01", 10, updated_at="2022-01-02"))
        shop.lines("transactions/b.csv", shop.order(1, 1, "2019-01-01", 7))
        shop.run()
        assert sales(shop) == 10
        file.unlink()
        shop.lines("transactions/c.csv", shop.order(2, 1, "2019-01-01", 100))
        done = shop("forget", "transactions/a.csv")
        assert (done.status, sales(shop)) == (0, 107)  # order 1 is again what b.csv says
        assert "1 arrived" in done.out
        assert "1 withdrawn" in done.out

    def test_what_was_forgotten_may_be_delivered_again(self, shop: Census) -> None:
        file = shop.lines("transactions/a.csv", shop.order(1, 1, "2019-01-01", 10))
        shop.run()
        content = file.read_bytes()
        file.unlink()
        shop("forget", "transactions/a.csv")
        assert sales(shop) is None
        shop.deliver("transactions/a.csv", content)
        shop.run()
        assert sales(shop) == 10

    def test_forget_refuses_what_is_unknown_or_still_there_and_withdraws_nothing(self, shop: Census) -> None:
        file = shop.lines("transactions/a.csv", shop.order(1, 1, "2019-01-01", 10))
        shop.run()
        before = shop.current()
        for paths in (("transactions/a.csv",), ("transactions/x.csv",), ("shops/a.csv", "transactions/x.csv")):
            done = shop("forget", *paths)
            assert done.status == 2
            assert paths[-1] in done.err or paths[0] in done.err
        file.unlink()
        assert shop("forget", "transactions/a.csv", "transactions/x.csv").status == 2
        assert shop("forget", str(file)).status == 2  # paths are relative to the raw folder
        assert (shop.current(), sales(shop)) == (before, 10)
        assert shop("forget", "transactions/a.csv").status == 0


class TestNoticing:
    """A file whose content is the same is not news, however its times changed; one whose content differs always is."""

    def test_a_touched_file_is_not_news(self, shop: Census) -> None:
        shop.run()
        os.utime(shop.raw / "shops/a.csv", (1_000_000_000, 1_000_000_000))
        assert "Nothing new" in shop.run().out

    def test_another_content_of_the_same_size_and_time_is_news(self, shop: Census) -> None:
        file = shop.lines("transactions/a.csv", shop.order(1, 1, "2019-01-01", 10))
        os.utime(file, (1_500_000_000, 1_500_000_000))
        shop.run()
        shop.lines("transactions/a.csv", shop.order(1, 1, "2019-01-01", 77))
        os.utime(file, (1_500_000_000, 1_500_000_000))
        shop.run()
        assert sales(shop) == 77

    def test_a_warehouse_without_its_caches_reads_again(self, shop: Census) -> None:
        import shutil

        shop.lines("transactions/a.csv", shop.order(1, 1, "2019-01-01", 10))
        shop.run()
        before = shop.tables()
        shutil.rmtree(shop.warehouse / "segments")
        (shop.warehouse / "seen.json").write_text("{rubbish", encoding="utf-8")
        shop.lines("transactions/b.csv", shop.order(2, 1, "2019-01-01", 1))
        shop.run()
        assert sales(shop) == 11
        (shop.raw / "transactions/b.csv").unlink()
        shop("forget", "transactions/b.csv")
        assert shop.tables() == before

    def test_an_extended_alias_table_reads_again(self, shop: Census) -> None:
        from flows.settings import Settings

        shop.deliver("counties/a.csv", "行政区划代码,年份,人口\n371721,2019,5\n")
        assert shop("run").status == 3  # held for county_code
        text = Path(Settings.model_fields["aliases"].default).read_text(encoding="utf-8")
        (shop.folder / "aliases.toml").write_text(text.replace('"县代码"', '"县代码", "行政区划代码"'), encoding="utf-8")
        shop.run(aliases=str(shop.folder / "aliases.toml"))
        assert [row["accepted"] for row in shop.published("source_file", table="counties")] == [1]


# ---------------------------------------------------------------- any sequence of deliveries
NAMES = ["a.csv", "b.csv", "sub/c.csv", "d.jsonl"]
pool = st.lists(st.integers(0, 11), min_size=1, max_size=6, unique=True)
steps = st.lists(
    st.tuples(
        st.sampled_from(["deliver", "deliver", "copy", "remove", "forget", "run"]),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        pool,
    ),
    min_size=4,
    max_size=10,
)


def versions(census: type[Census], name: str, chosen: list[int]) -> str:
    """A file of some of twelve versions of five orders; one is spoilt."""
    import json

    rows = [
        [1, 1, "2019-01-01", 1, "", "TRADE_FINISHED", "2019-02-01"],
        [1, 1, "2019-01-01", 2, "", "TRADE_FINISHED", "2019-03-01"],
        [1, 2, "2017-01-01", 4, "", "TRADE_FINISHED", "2019-04-01"],  # to another shop and another year
        [1, 2, "", 4, "", "TRADE_CLOSED", "2019-05-01"],
        [2, 1, "2019-06-30 23:59:59", 8, "", "TRADE_FINISHED", "2019-07-01"],
        [2, 1, "2019-07-01", 8, "3", "TRADE_FINISHED", "2019-07-01"],  # a tie but for paid_at
        [3, 2, "2019-05-01", 16, "", "WAIT_BUYER_CONFIRM_GOODS", "2019-05-02"],
        [3, 2, "2019-05-01", 16, "16", "TRADE_FINISHED", "2019-05-03"],
        [4, 9, "2018-01-01", 32, "", "TRADE_FINISHED", "2018-01-02"],  # of an unknown shop
        [4, 1, "2018-01-01", 32, "", "TRADE_FINISHED", "2018-01-01"],
        [5, 1, "2019-05-01", "x", "", "TRADE_FINISHED", "2019-05-02"],
        [5, 1, "2019-05-01", 64, "", "TRADE_FINISHED", "2019-05-02"],
    ]  # fmt: skip
    names = ["transaction_id", "shop_id", "paid_at", "amount", "refunded_amount", "status", "updated_at"]
    if name.endswith("jsonl"):
        return "".join(json.dumps(dict(zip(names, rows[i], strict=True))) + "\n" for i in chosen)
    return "\n".join([",".join(names), *(",".join(map(str, rows[i])) for i in chosen), ""])


class TestAnySequence:
    """After any sequence of deliveries, corrections and withdrawals the tables are those of one run over the live files."""

    @settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(sequence=steps)
    def test_is_as_one_run(self, new_census: Callable[[], Any], sequence: list[tuple[str, str, str, list[int]]]) -> None:
        census = new_census()
        everything = ("--accept", "held,quarantine,orphans,future")
        census.lines("shops/a.csv", census.shop(1, "371721101201"), census.shop(2, "371721101202"))
        there: dict[str, str] = {}
        live: dict[str, str] = {}
        for step, name, other, chosen in [*sequence, ("run", "", "", [])]:
            if step == "deliver" or (step == "copy" and other not in there):
                there[name] = versions(type(census), name, chosen)
            elif step == "copy" and name.endswith("csv") and other.endswith("csv"):
                there[name] = there[other]
            elif step == "remove":
                there.pop(name, None)
                (census.raw / "transactions" / name).unlink(missing_ok=True)
            elif step == "run":
                census.run(*everything)
                live |= there
            elif step == "forget" and name in live and name not in there:
                assert census("forget", f"transactions/{name}", *everything).status == 0
                del live[name]
                live |= there
            for path, text in there.items():
                census.deliver(f"transactions/{path}", text)
        once = new_census()
        once.lines("shops/a.csv", census.shop(1, "371721101201"), census.shop(2, "371721101202"))
        for path, text in live.items():
            once.deliver(f"transactions/{path}", text)
        once.run(*everything)
        assert census.tables() == once.tables()
        assert census.published("source_file") == once.published("source_file")
        assert census("run", "--rebuild", *everything).status == 0
        assert census.tables() == once.tables()

    def test_the_order_of_runs_does_not_matter(self, new_census: Callable[[], Any]) -> None:
        results = []
        parts = [[0, 4, 6], [1, 5, 8, 10], [2, 7, 9, 11]]
        for order in (parts, parts[::-1]):
            census = new_census()
            census.lines("shops/a.csv", census.shop(1, "371721101201"), census.shop(2, "371721101202"))
            for chosen in order:
                census.deliver(f"transactions/{chosen[0]}.csv", versions(type(census), "csv", chosen))
                census.run("--accept", "quarantine,orphans")
            results.append(census.tables())
        assert results[0] == results[1]
        # order 1 is 4 of shop 2 (2017), 2 was paid on 1 July 2019 and is 8 - 3, 3 is 16 - 16, 4 is of nobody, 5 is 64
        told = [(row["year"], row["shop_id"], int(row["sales"])) for row in census.published("shop_year")]
        assert told == [(2017, 2, 4), (2019, 1, 64), (2019, 2, 0), (2020, 1, 5)]
