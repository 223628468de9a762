"""Plain lines: what machine code reads is what the statements read, and what it leaves is told by them. Contract 1.

Files are small here; that machine code has a first look at small files too is the only thing changed about the program.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from flows.engine import connect, execute_folder
from flows.intake import Segment, Segments, load_aliases, prepare
from flows.intake import plain as plain_module
from flows.intake.aliases import Aliases
from flows.settings import Settings

HEADER = "transaction_id,shop_id,paid_at,amount,refunded_amount,status,updated_at"
PLAIN = "1,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00"


class Taken:
    """What a file gave: accepted rows in any order, quarantined rows, and the rows that the first reading took."""

    def __init__(self, segment: Segment, folder: Path) -> None:
        self.segment = segment
        self.first = self._rows(folder, "rows-0.parquet")
        self.rows = sorted([*self.first, *self._rows(folder, "rows-1.parquet")], key=repr)
        self.quarantine = sorted(self._rows(folder, "quarantine.parquet"))
        self.months = sorted(self._rows(folder, "months.parquet"))

    @staticmethod
    def _rows(folder: Path, name: str) -> list[tuple[object, ...]]:
        return duckdb.read_parquet(str(folder / name)).fetchall() if (folder / name).exists() else []


@pytest.fixture(scope="module")
def aliases() -> Aliases:
    return load_aliases(Path(Settings.model_fields["aliases"].default))


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory, aliases: Aliases) -> Callable[..., Taken]:
    folder = tmp_path_factory.mktemp("plain")
    scratch = folder / "scratch"
    scratch.mkdir()
    con = connect("500MB", 1, scratch)
    execute_folder(con, "macros")
    prepare(con, aliases)
    counted = iter(range(1_000_000))

    def take_bytes(content: bytes, reads_plainly: bool = True) -> Taken:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("flows.intake.formats.SMALL", 0)
            if not reads_plainly:
                patch.setattr("flows.intake.formats.plain_lines", lambda *_: None)
            segments = Segments(folder / f"segments-{next(counted)}", aliases)
            file = folder / "orders.csv"
            file.write_bytes(content)
            segment = segments.take(con, aliases, "transactions", "csv", file, scratch)
            return Taken(segment, segments.folder / segment.name)

    return take_bytes


def text(*lines: str, header: str = HEADER, end: str = "\n") -> bytes:
    return (end.join([header, *lines]) + end).encode()


def test_what_a_plain_line_says(take):
    told = take(text(PLAIN))
    assert [str(value) for value in told.first[0]] == [
        "1", "2", "2019-07-01 09:30:00", "12.50", "0.00", "TRADE_FINISHED", "2019-07-02 00:00:00",
    ]  # fmt: skip
    assert told.first[0][3] == Decimal("12.50")


@pytest.mark.parametrize(
    "line",
    [
        PLAIN,
        "1,2,,12.50,,WAIT_BUYER_PAY,2019-07-02 00:00:00",  # nothing paid, nothing refunded
        '"1","2","2019-07-01 09:30:00","12.50","","TRADE_FINISHED","2019-07-02 00:00:00"',
        "1,2,2019/07/01 09:30:00,12.5,0,交易成功,2019-07-02T00:00:00",
        "999999999999999999,999999999999999999,2003-01-01 00:00:00,999999999999999.99,0.01,TRADE_CLOSED,2099-12-31 23:59:59",
        "1,2,2020-02-29 09:30:00,0012.50,0.00,TRADE_FINISHED,2020-03-01 00:00:00",
    ],
)
def test_lines_that_are_read_plainly_mean_what_the_statements_read(take, line):
    # two plain lines beside it, so that most are
    told, slow = (take(text(PLAIN, line, PLAIN), reads_plainly) for reads_plainly in (True, False))
    assert len(told.first) == 3
    assert (told.rows, told.quarantine, told.months) == (slow.rows, slow.quarantine, slow.months)


@pytest.mark.parametrize(
    "line",
    [
        "01,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "0,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "9223372036854775808,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "99999999999999999999999999999,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "-1,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        " 1,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1 ,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:00,12.345,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:00,12.,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:00,.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:00,1e2,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:00,12.50,12.51,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-02-29 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07-01 24:00:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:60,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-13-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-00-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07-00 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-04-31 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2002-12-31 23:59:59,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:00.5,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07/01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:00Z,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-7-1 9:30,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHEDX,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:00,12.50,0.00,trade_finished ,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:00,12.50,0.00,,2019-07-02 00:00:00",
        "1,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED",
        "1,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00,",
        "1,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00,3",
        "1,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,",
        '"1"2,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00',
        '"1,2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00',
        '1"",2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00',
        '"1,2",2,2019-07-01 09:30:00,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00',
        "1,2,2019-07-01 09:30:00,12.50,NULL,TRADE_FINISHED,2019-07-02 00:00:00",
        "1",
        ",",
        "   ",
        "",
        "，",
    ],
)
@pytest.mark.parametrize("end", ["\n", pytest.param("\r\n", marks=pytest.mark.slow)])
def test_all_other_lines_are_left_and_told_by_the_statements(take, line, end):
    told, slow = (take(text(PLAIN, line, PLAIN, end=end), reads_plainly) for reads_plainly in (True, False))
    assert len(told.first) == 2
    assert (told.rows, told.quarantine, told.months) == (slow.rows, slow.quarantine, slow.months)
    assert (told.segment.rows, told.segment.accepted) == (slow.segment.rows, slow.segment.accepted)


def test_columns_in_another_order_among_unknown_ones(take):
    header = "备注,updated_at,status,shop_id,note,transaction_id,amount,paid_at"
    line = '"a, b",2019-07-02 00:00:00,TRADE_FINISHED,2,"say ""no""",1,12.50,2019-07-01 09:30:00'
    plain = "今天,2019-07-02 00:00:00,TRADE_FINISHED,2,,1,12.50,2019-07-01 09:30:00"
    told = take(text(plain, plain, line, header=header))
    assert len(told.first) == 2
    assert {tuple(map(str, row)) for row in told.rows} == {
        ("1", "2", "2019-07-01 09:30:00", "12.50", "0.00", "TRADE_FINISHED", "2019-07-02 00:00:00")
    }
    assert len(told.rows) == 3


def test_a_file_of_which_few_lines_are_plain_is_read_by_the_statements(take):
    spelled = PLAIN.replace("12.50", "¥12.50")
    told = take(text(PLAIN, spelled, spelled))
    assert (len(told.first), len(told.rows)) == (3, 3)


def test_the_last_line_may_lack_its_end_and_a_bom_is_none_of_the_text(take):
    told = take(b"\xef\xbb\xbf" + text(PLAIN, PLAIN)[:-1])
    assert len(told.first) == 2


def test_quarantined_lines_are_told_with_their_numbers(take):
    told = take(text("", PLAIN, "x", "", PLAIN, "1,2,,12.50,0.00,TRADE_FINISHED,2019-07-02 00:00:00", PLAIN))
    assert [(line, reasons) for line, _, reasons in told.quarantine] == [(4, "unparseable"), (7, "missing:paid_at")]


def test_blocks_end_at_lines(take, monkeypatch):
    """However few bytes are read at once: a line goes on in the next block."""
    content = text(*(PLAIN.replace("1,2", f"{n},2", 1) for n in range(1, 200)), "x", PLAIN)
    whole = take(content)
    for size in (64, 71, 72, 73, 1000):
        monkeypatch.setattr("flows.intake.text._LINES", size)
        told = take(content)
        assert (told.rows, told.quarantine) == (whole.rows, whole.quarantine)
        assert len(told.first) == 200


FIELDS = (
    ["1", "20", "123456789012345678", "0", "01", "-1", "1.0", "", " 7", "七"],
    ["2", "99", "NULL", "", "+3", '"4"'],
    ["2019-07-01 09:30:00", "2020-02-29 23:59:59", "", "2019-7-1 9:30", "2021-02-29 00:00:00", "1561944600000", "x"],
    ["12.50", "0.00", "12", "12.5", "¥1299.00", "12.345", "", "1e3", "99999999999999999.99", '"1,299.00"'],
    ["", "0.00", "3.00", "12.50", "12.51", "-"],
    ["TRADE_FINISHED", "TRADE_CLOSED", "交易成功", "WAIT_BUYER_PAY", "trade_finished", "", "?"],
    ["2019-07-02 00:00:00", "2019-07-03T01:02:03", "", "2019-07-02 00:00:00.25", "2100-01-01 00:00:00"],
)


@st.composite
def odd_lines(draw: st.DrawFn) -> str:
    return ",".join(draw(st.sampled_from(values)) for values in FIELDS) + draw(st.sampled_from(["", "", "", ",", '"', " "]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(odd_lines(), st.text("0123456789,.-: \"T'", max_size=30)), max_size=8), st.randoms(use_true_random=False)
)
@example([",,,,,,"], random.Random(1))
def test_whatever_lines_hold_both_ways_of_reading_tell_the_same(take, lines, order):
    mixed = [*lines, *([PLAIN] * (len(lines) + 1))]
    order.shuffle(mixed)
    told, slow = (take(text(*mixed), reads_plainly) for reads_plainly in (True, False))
    assert (told.rows, told.quarantine, told.months) == (slow.rows, slow.quarantine, slow.months)


def test_hostile_bytes_are_never_read_beyond_their_block(aliases):
    """Machine code does not look where an array ends: it must stop by itself, at the line end that every block ends with."""
    from flows.intake import machine

    draws = random.Random(7)
    kinds = np.array([machine.ID, machine.ID, machine.TIME, machine.MONEY, machine.MONEY, machine.NAME, machine.TIME], np.int64)
    names = plain_module._Names.of(aliases)
    plan = machine.Plan(kinds, np.arange(7, dtype=np.uint64), np.zeros(7, bool), names.spelled, names.bounds, names.slots)
    for _ in range(300):
        content = bytes(draws.choice(b'1290.-: T",\r\nTRADE_FINISHED') for _ in range(draws.randrange(1, 200))) + b"\n"
        rows = content.count(b"\n")
        guard = 99
        data = np.full(len(content) + machine.PADDING, ord("1"), np.uint8)
        data[: len(content)] = np.frombuffer(content, np.uint8)
        values, present = np.full((7, rows + 1), guard, np.int64), np.zeros((7, rows + 1), bool)
        lines, is_read = np.full(rows + 1, guard, np.int64), np.zeros(rows + 1, bool)
        passed, records = machine.read_lines(data, len(content), plan, machine.Rows(values, present, lines, is_read))
        assert passed == rows
        assert records <= rows
        assert lines[rows] == guard and (values[:, rows] == guard).all()
