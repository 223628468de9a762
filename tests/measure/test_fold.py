"""A fold by buckets, and one that goes on from the fold before, give what a fold of everything gives. Contract 1: "After any
sequence of deliveries, corrections and withdrawals … the tables are identical to those of one run".
"""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import measure
from flows.engine import connect
from flows.intake import OrderFiles
from tests.measure.test_versions import ONE, Months, Version, by_hand, months_of, order_files, take_in, versions

if TYPE_CHECKING:
    from tests.conftest import Read, Reader

JANUARY, FEBRUARY = date(2019, 1, 1), date(2019, 2, 1)
GIBIBYTE = 2**30


class Folds:
    """Folds over files that were read, each with a connection of its own."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.kept, self.names, self.parts = reader, reader.folder / "fold", list[str](), list[Path]()

    def read(self, *files: Iterable[Version]) -> list[Read]:
        return [take_in(self.reader, "transactions", list(rows)) for rows in files]

    def full(self, read: Iterable[Read], until: datetime | None = None, memory: int = GIBIBYTE) -> Months:
        """What all the files give."""
        return self.fold(order_files(read), None, until, memory)

    def delta(self, before: list[Read], after: list[Read], until: datetime | None = None) -> Months:
        """What the files after give, where only what differs from those before is looked at."""
        self.full(before, until)
        was, now = ({read.segment.name for read in some} for some in (before, after))
        staying, arriving, leaving = (
            order_files(read for read in before + after if read.segment.name in names)
            for names in (was & now, now - was, was - now)
        )
        return self.fold(order_files(after), AlwaysWorthIt(tuple(self.parts), staying, arriving, leaving), until)

    def fold(self, live: OrderFiles, before: measure.FoldBefore | None, until: datetime | None, memory: int = GIBIBYTE) -> Months:
        """What a fold adds up to; its parts are kept beside the others."""
        with connect("1GiB", 1, self.reader.folder) as con:
            fold = measure.Fold(con, live, before, until, memory, self.kept)
            self.names = []
            for _, steps in fold.steps():
                for name, step in steps:
                    self.names.append(name)
                    step()
            snapshot = Path(tempfile.mkdtemp(dir=self.reader.folder))
            self.parts = [snapshot / name for name in fold.keep(snapshot)]
            return months_of(con)


class AlwaysWorthIt(measure.FoldBefore):
    """A fold to go on from, however little of it is left."""

    is_worth_it = True


@pytest.fixture
def folds(reader: Reader) -> Folds:
    return Folds(reader)


def months(**sales: object) -> Months:
    """One counted order of so many yuan for each shop and month, written shop_month="5"."""
    named = {"january": JANUARY, "february": FEBRUARY}
    return {(int(key[4:].split("_")[0]), named[key.split("_")[1]]): (Decimal(str(yuan)), 1) for key, yuan in sales.items()}


OLD = ONE  # 5 yuan of shop 1 in January 2019, updated on 1 February
PAID_LATER = ONE._replace(paid_at="2019-02-03", updated_at="2019-03-01")
OTHER_SHOP = ONE._replace(shop_id=2, updated_at="2019-03-01")
REFUNDED = ONE._replace(refunded_amount="2.00", updated_at="2019-03-01")
CLOSED = ONE._replace(status="TRADE_CLOSED", updated_at="2019-03-01")
OLDER = ONE._replace(amount="9.00", updated_at="2019-01-15")
ANOTHER = Version(2, shop_id=3, amount="7.00")

# what is live before, what after, the shop-months that come of it
MOVES: dict[str, tuple[list[list[Version]], list[list[Version]], Months]] = {
    "an order arrives": ([[OLD]], [[OLD], [ANOTHER]], months(shop1_january=5, shop3_january=7)),
    "a late version is no news": ([[OLD]], [[OLD], [OLDER]], months(shop1_january=5)),
    "it moves to another month": ([[OLD]], [[OLD], [PAID_LATER]], months(shop1_february=5)),
    "it moves to another shop": ([[OLD]], [[OLD], [OTHER_SHOP]], months(shop2_january=5)),
    "it is refunded in part": ([[OLD]], [[OLD], [REFUNDED]], months(shop1_january=3)),
    "it does not count any more": ([[OLD]], [[OLD], [CLOSED]], {}),
    "it counts after all": ([[CLOSED]], [[CLOSED], [CLOSED._replace(status="TRADE_FINISHED", updated_at="2019-04-01")]],
                            months(shop1_january=5)),
    "the current version is withdrawn": ([[OLD], [PAID_LATER], [ANOTHER]], [[OLD], [ANOTHER]],
                                         months(shop1_january=5, shop3_january=7)),
    "an outdated version is withdrawn": ([[OLDER], [OLD]], [[OLD]], months(shop1_january=5)),
    "an order is withdrawn": ([[OLD], [ANOTHER]], [[ANOTHER]], months(shop3_january=7)),
    "all is withdrawn": ([[OLD]], [], {}),
    "a file is corrected": ([[OLD, ANOTHER]], [[OLD._replace(amount="6.00"), ANOTHER]], months(shop1_january=6, shop3_january=7)),
    "the same version arrives in another file": ([[OLD]], [[OLD], [OLD, ANOTHER]], months(shop1_january=5, shop3_january=7)),
    "one of two equal versions is withdrawn": ([[OLD], [OLD, ANOTHER]], [[OLD]], months(shop1_january=5)),
    "a tie is decided by what arrives": ([[OLD]], [[OLD], [OLD._replace(amount="5.01")]], months(shop1_january="5.01")),
    "several versions arrive at once": ([[OLD]], [[OLD], [REFUNDED, OLDER], [OTHER_SHOP._replace(updated_at="2019-02-15")]],
                                        months(shop1_january=3)),
    "nothing changes": ([[OLD]], [[OLD]], months(shop1_january=5)),
    "everything is new": ([], [[OLD]], months(shop1_january=5)),
}  # fmt: skip


class TestDelta:
    @pytest.mark.parametrize("case", MOVES)
    def test_gives_what_a_full_fold_gives(self, folds: Folds, case: str) -> None:
        before, after, want = MOVES[case]
        read = {tuple(rows): folds.read(rows)[0] for rows in (*before, *after)}
        found = folds.delta([read[tuple(rows)] for rows in before], [read[tuple(rows)] for rows in after])
        assert (found, folds.names) == (want, ["fold what came and went"])

    @settings(max_examples=25)
    @given(files=st.lists(st.lists(versions(), min_size=1, max_size=5), min_size=1, max_size=5), data=st.data())
    def test_whatever_came_and_went(self, reader: Reader, files: list[list[Version]], data: st.DataObject) -> None:
        folds = Folds(reader)
        read = folds.read(*files)
        chosen = st.lists(st.integers(0, len(files) - 1), unique=True)
        before, after = data.draw(chosen), data.draw(chosen)
        found = folds.delta([read[i] for i in before], [read[i] for i in after])
        assert found == by_hand(row for i in after for row in files[i])

    @settings(max_examples=5)
    @given(files=st.lists(st.lists(versions(), min_size=1, max_size=3), min_size=2, max_size=6, unique_by=str))
    def test_after_many_others_is_kept_in_few_parts(self, reader: Reader, files: list[list[Version]]) -> None:
        folds = Folds(reader)
        read = folds.read(*files)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("flows.measure.fold._MOST_PARTS", 3)
            folds.full([])
            for n in range(1, len(read) + 1):
                before = AlwaysWorthIt(tuple(folds.parts), order_files(read[: n - 1]), order_files(read[n - 1 : n]), OrderFiles())
                assert folds.fold(order_files(read[:n]), before, None) == by_hand(row for rows in files[:n] for row in rows)
                assert len(folds.parts) <= 3

    def test_is_not_worth_it_where_more_moves_than_stays(self, folds: Folds) -> None:
        one, two, three = folds.read([OLD], [ANOTHER], [REFUNDED])
        assert not measure.FoldBefore((), order_files([one]), order_files([two, three]), OrderFiles()).is_worth_it
        assert measure.FoldBefore((), order_files([one]), order_files([two]), OrderFiles()).is_worth_it


class TestBuckets:
    ROWS = (OLD, PAID_LATER, ANOTHER, *(Version(i, shop_id=i % 3 + 1, amount="1.00") for i in range(10, 40)))
    MEMORY = GIBIBYTE // 5_000_000  # four rows a bucket

    def test_give_what_one_bucket_gives(self, folds: Folds) -> None:
        read = folds.read(self.ROWS[:20], self.ROWS[10:])
        assert folds.full(read, memory=self.MEMORY) == folds.full(read) == by_hand(self.ROWS)

    def test_are_not_done_again_after_an_interruption(self, folds: Folds) -> None:
        read = folds.read(self.ROWS)
        with connect("1GiB", 1, folds.reader.folder) as con:
            _, steps = next(measure.Fold(con, order_files(read), None, None, self.MEMORY, folds.kept).steps())
            for _, step in steps[:3]:
                step()
        made = {path: path.stat().st_mtime_ns for path in folds.kept.rglob("*.parquet")}
        assert len(made) == 3
        assert folds.full(read, memory=self.MEMORY) == by_hand(self.ROWS)
        assert {path: path.stat().st_mtime_ns for path in made} == made
        assert len(list(folds.kept.rglob("*.parquet"))) == len(folds.names) > 3

    def test_folded_apart_give_the_same(self, folds: Folds) -> None:
        """As on a cluster: what is sent holds no connection, and finds all that it needs by its path."""
        read = folds.read(self.ROWS[:20], self.ROWS[10:])
        apart = measure.Apart(3, "1GiB", GIBIBYTE, 1, folds.reader.folder)
        with connect("1GiB", 1, folds.reader.folder) as con:
            fold = measure.Fold(con, order_files(read), None, None, GIBIBYTE, folds.kept, apart=apart)
            for _, steps in fold.steps():
                assert len(steps) == 3, "as many as there are processes, though the memory would do for one"
                for _, step in steps:
                    pickle.loads(pickle.dumps(step))()
            assert months_of(con) == by_hand(self.ROWS)

    def test_of_other_files_go(self, folds: Folds) -> None:
        read = folds.read(self.ROWS, [REFUNDED._replace(updated_at="2019-03-02")])
        folds.full(read[:1], memory=self.MEMORY)
        assert folds.full(read, memory=self.MEMORY) == by_hand([*self.ROWS, REFUNDED._replace(updated_at="2019-03-02")])
        assert len({path.parent for path in folds.kept.rglob("*.parquet")}) == 1


class TestUntil:
    """Only versions updated before a moment are known."""

    UNTIL = datetime(2019, 3, 1)
    ROWS = (OLD, PAID_LATER, ANOTHER, REFUNDED._replace(updated_at="2019-02-28 23:59:59.999999"))
    KNOWN = months(shop1_january=3, shop3_january=7)

    def test_in_full(self, folds: Folds) -> None:
        assert folds.full(folds.read(self.ROWS), self.UNTIL) == self.KNOWN
        assert folds.full(folds.read(self.ROWS[:1], self.ROWS[1:2], self.ROWS[2:]), self.UNTIL) == self.KNOWN

    def test_from_the_fold_before(self, folds: Folds) -> None:
        read = folds.read(self.ROWS[:1], self.ROWS[1:2], self.ROWS[2:])
        assert folds.delta(read[:1], read, self.UNTIL) == self.KNOWN

    def test_of_a_segment_that_does_not_tell_its_newest_update(self, folds: Folds) -> None:
        live = order_files(folds.read(self.ROWS))
        untold = OrderFiles.of(
            type(content)(content.name, content.rows, content.months, content.count, None) for content in live.contents
        )
        assert folds.fold(untold, None, self.UNTIL) == self.KNOWN
