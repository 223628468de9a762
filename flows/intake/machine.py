"""Lines of text into numbers, as machine code: what reading hundreds of millions of orders spends its time on.

Compiled by Numba when it is first used (a second), and kept beside this file or in the user's cache. It knows no contract but
this: what it takes is spelled such that it can mean one thing only, the same as to the SQL of `records.py`; the rest it leaves.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit, types
from numba.extending import intrinsic

ID, MONEY, TIME, NAME, SKIP = range(5)
"""What a field holds: a positive integer; yuan, told in fen; a moment, told in microseconds; one of some names; anything."""
PADDING = 64
"""Bytes that must follow the last line, whatever they are."""
SLOTS = 1024
"""Of the table in which names are found; more than twice as many as names."""

_NEWLINE, _RETURN, _SPACE, _QUOTE, _COMMA, _POINT, _ZERO, _T = b'\n\r ",.0T'
_ONES, _HIGH, _TO_HIGH, _ZEROS, _NEWLINES, _RETURNS, _QUOTES, _COMMAS, _DASHES, _SLASHES, _COLONS = (
    int.from_bytes(bytes([byte]) * 8, "little", signed=True) for byte in b'\x01\x80\x760\n\r",-/:'
)
"""Eight times the same byte: most is done with eight bytes at once, in one number."""
_FOURTHS = 0xFF | 0xFF << 32
"""The first byte of four, and of the next four."""
_DATE_MARKS, _TIME_MARKS = (
    int.from_bytes(bytes(255 * (byte == 45) for byte in marks), "little", signed=True) for marks in (b"0000-00-", b"00-00-00")
)
"""Where the marks of a date and a time stand in eight bytes."""
_POWERS = tuple(10**count for count in range(9))
"""What a number grows by with so many digits more."""
_WRONG, _NOTHING, _THERE = -1, 0, 1
"""What a field turned out to hold: something that is not read here; nothing; a value."""


class Plan(NamedTuple):
    """What the fields of a line are, by position: `kinds`, and the `columns` that they go to, by number.

    The last column takes what is unknown. `required` columns, and names: `spelled[bounds[n]:bounds[n + 1]]` spells the n-th, and
    PADDING bytes follow; `slots` tells where to look for it.
    """

    kinds: npt.NDArray[np.int64]
    columns: npt.NDArray[np.uint64]
    required: npt.NDArray[np.bool_]
    spelled: npt.NDArray[np.uint8]
    bounds: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int64]


class Rows(NamedTuple):
    """Room for the records of a block: `values` and `present` by column and record, `lines` and `is_read` by record."""

    values: npt.NDArray[np.int64]
    present: npt.NDArray[np.bool_]
    lines: npt.NDArray[np.int64]
    is_read: npt.NDArray[np.bool_]


_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}
"""No function makes an array; to count who refers to them would take five times as long as all else."""
_part, _inner = njit(**_OPTIONS), njit(inline="always", **_OPTIONS)
_BYTES, _INTS, _FLAGS = types.uint8[::1], types.int64[::1], types.boolean[::1]
_UNSIGNED = types.uint64[::1]
"""Of places that Numba need not look at from the end, as Python does where they are below zero."""
_PLAN = types.NamedTuple([_INTS, _UNSIGNED, _FLAGS, _BYTES, _INTS, _INTS], Plan)
_ROWS = types.NamedTuple([types.int64[:, ::1], types.boolean[:, ::1], _INTS, _FLAGS], Rows)


def _load_eight_bytes(_: Any, data: Any, at: Any) -> Any:
    """Eight bytes from a place, the first one lowest: Numba runs only on machines that hold numbers so."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.gep(array.data, [arguments[1]])
        return builder.load(builder.bitcast(place, context.get_value_type(types.int64).as_pointer()), align=1)

    return types.int64(data, at), generate


def _count_trailing_zeros(_: Any, word: Any) -> Any:
    """Bits below the lowest that is set; 64 where none is."""

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], context.get_constant(types.boolean, False))

    return types.int64(word), generate


_word: Any = intrinsic(_load_eight_bytes)
_trailing_zeros: Any = intrinsic(_count_trailing_zeros)


@_part
def _byte(data, at):  # type: ignore[no-untyped-def]
    """The byte at a place."""
    return _word(data, at) & 255


@_part
def _first(marked):  # type: ignore[no-untyped-def]
    """Which byte is the first whose highest bit is set; 8 where none is."""
    return _trailing_zeros(marked) >> 3


@_part
def _are(word, byte):  # type: ignore[no-untyped-def]
    """Marks the bytes that are one, by their highest bit; what follows the first such byte means nothing."""
    others = word ^ byte
    return (others - _ONES) & ~others & _HIGH


@_part
def _not_digits(figures):  # type: ignore[no-untyped-def]
    """Marks the bytes above 9, by their highest bit; what follows the first such byte means nothing."""
    return ((figures + _TO_HIGH) | figures) & _HIGH


@_inner
def _eight_digits(figures):  # type: ignore[no-untyped-def]
    """The number that eight bytes of 0 to 9 tell, the highest digit first."""
    pairs = figures * 10 + (figures >> 8)
    fours = (pairs & _FOURTHS) * (1_000_000 << 32 | 100) + (pairs >> 16 & _FOURTHS) * (10_000 << 32 | 1)
    return fours >> 32


@_inner
def _digits(data, at):  # type: ignore[no-untyped-def]
    """The number that digits spell, and where they end; of more than eighteen digits it means nothing."""
    value, end, count = np.int64(0), at, 8
    while count == 8 and end - at <= 18:
        figures = _word(data, end) ^ _ZEROS
        count = _first(_not_digits(figures))
        if count:
            value = value * _POWERS[count] + _eight_digits(figures << (64 - 8 * count))
        end += count
    return value, end


@_part
def _days(year, month):  # type: ignore[no-untyped-def]
    """Days of a month of 2000 to 2099."""
    if month == 2:
        return 29 if year % 4 == 0 else 28
    return 30 if month in (4, 6, 9, 11) else 31


@_inner
def _seconds(data, at):  # type: ignore[no-untyped-def]
    """Seconds since 1970 that 2019-07-01 09:30:00 spells (or with / or T), of the years 2003 to 2099; or -1."""
    date, day_hour, time = _word(data, at), _word(data, at + 8), _word(data, at + 11)
    marks = (date ^ _DASHES) & _DATE_MARKS
    if marks not in (0, (_DASHES ^ _SLASHES) & _DATE_MARKS) or (time ^ _COLONS) & _TIME_MARKS:
        return -1
    if (day_hour >> 16) & 255 not in (_SPACE, _T):
        return -1
    date, day, time = (date ^ _ZEROS) & ~_DATE_MARKS, (day_hour ^ _ZEROS) & 0xFFFF, (time ^ _ZEROS) & ~_TIME_MARKS
    if _not_digits(date) | _not_digits(day) | _not_digits(time):
        return -1
    date, day, time = date * 10 + (date >> 8), (day * 10 + (day >> 8)) & 255, time * 10 + (time >> 8)  # each byte with the next
    year, month = date >> 16 & 255, date >> 40 & 255
    hour, minute, second = time & 255, time >> 24 & 255, time >> 48 & 255
    wrong = (year - 3) | (month - 1) | (12 - month) | (day - 1) | (23 - hour) | (59 - minute) | (59 - second)
    if date & 255 != 20 or wrong < 0 or (day > 28 and day > _days(year, month)):
        return -1
    # days since 1970-01-01, in years that begin in March: 10,957 lie between 1970 and 2000, 60 in January and February 2000
    years = year if month > 2 else year - 1
    since_march = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return (((10957 + 60 + 365 * years + years // 4 + since_march) * 24 + hour) * 60 + minute) * 60 + second


@_part
def slot_of(data, start, end):  # type: ignore[no-untyped-def]
    """Where a name of at least one byte is looked for first: by its length, and four of its bytes."""
    length = end - start
    outer = np.int64(data[start]) * 31 + np.int64(data[end - 1]) * 17
    inner = np.int64(data[start + length // 2]) * 7 + np.int64(data[start + length // 4]) * 59
    return (length * 131 + outer + inner) & (SLOTS - 1)


@_inner
def _is_same(one, at, other, place, length):  # type: ignore[no-untyped-def]
    """Whether so many bytes are the same in two places."""
    while length >= 8:
        if _word(one, at) != _word(other, place):
            return False
        at, place, length = at + 8, place + 8, length - 8
    return length == 0 or (_word(one, at) ^ _word(other, place)) << (64 - 8 * length) == 0


@_inner
def _name(data, start, end, spelled, bounds, slots):  # type: ignore[no-untyped-def]
    """Which name stands in some bytes, or -1."""
    slot = slot_of(data, start, end)
    while slots[slot] >= 0:
        number = slots[slot]
        first = bounds[number]
        if bounds[number + 1] - first == end - start and _is_same(data, start, spelled, first, end - start):
            return number
        slot = (slot + 1) & (SLOTS - 1)
    return -1


@_part
def _ends_line(data, at):  # type: ignore[no-untyped-def]
    """Whether a line ends at a place."""
    return _byte(data, at) == _NEWLINE or (_byte(data, at) == _RETURN and _byte(data, at + 1) == _NEWLINE)


@_inner
def _id(data, at):  # type: ignore[no-untyped-def]
    """What an id is, what kind of find, and where it ends."""
    value, end = _digits(data, at)
    if end == at:
        return value, _NOTHING, end
    return value, _THERE if end - at <= 18 and _byte(data, at) != _ZERO else _WRONG, end


@_inner
def _fen(data, at):  # type: ignore[no-untyped-def]
    """What yuan with at most two decimals are in fen, what kind of find, and where they end."""
    yuan, end = _digits(data, at)
    if end == at:
        return yuan, _NOTHING, end
    found = _THERE if end - at <= 15 else _WRONG
    decimals = _word(data, end)
    if decimals & 255 != _POINT:
        return yuan * 100, found, end
    tenths, ones = (decimals >> 8 & 255) - _ZERO, (decimals >> 16 & 255) - _ZERO
    if not 0 <= tenths <= 9:
        return yuan, _WRONG, end
    if 0 <= ones <= 9:
        return yuan * 100 + tenths * 10 + ones, found, end + 3
    return yuan * 100 + tenths * 10, found, end + 2


@_inner
def _microseconds(data, at):  # type: ignore[no-untyped-def]
    """What a moment is in microseconds since 1970, what kind of find, and where it ends."""
    if _byte(data, at) <= _COMMA:
        return np.int64(0), _NOTHING, at
    seconds = _seconds(data, at)
    return seconds * 1_000_000, _THERE if seconds >= 0 else _WRONG, at + 19


@_part
def _end_of_line(data, at):  # type: ignore[no-untyped-def]
    """Where the next line feed is."""
    while True:
        ends = _are(_word(data, at), _NEWLINES)
        if ends:
            return at + _first(ends)
        at += 8


@_inner
def _end_of_text(data, at, is_quoted):  # type: ignore[no-untyped-def]
    """Where a text ends: at its quote or the line's end; without quotes, at a comma or the line's end."""
    while True:
        word = _word(data, at)
        ends = _are(word, _NEWLINES)
        ends |= _are(word, _QUOTES) if is_quoted else _are(word, _COMMAS) | _are(word, _RETURNS)
        if ends:
            return at + _first(ends)
        at += 8


@_inner
def _field(data, at, kind, spelled, bounds, slots):  # type: ignore[no-untyped-def]
    """What a field of a kind holds, what kind of find, and where it ends. It may be in quotes without quotes in them."""
    is_quoted = _byte(data, at) == _QUOTE
    if is_quoted:
        at += 1
    if kind == ID:
        value, found, end = _id(data, at)
    elif kind == MONEY:
        value, found, end = _fen(data, at)
    elif kind == TIME:
        value, found, end = _microseconds(data, at)
    else:
        end = _end_of_text(data, at, is_quoted)
        value, found = np.int64(0), _THERE if end > at else _NOTHING
        if kind == NAME and found == _THERE:
            value = np.int64(_name(data, at, end, spelled, bounds, slots))
            found = _THERE if value >= 0 else _WRONG
    if is_quoted:
        found = found if _byte(data, end) == _QUOTE else _WRONG
        end += 1
    return value, found, end


@_inner
def _line(  # type: ignore[no-untyped-def]  # noqa: PLR0913, PLR0917
    data, at, row, kinds, columns, required, spelled, bounds, slots, values, present
):
    """Reads a line into a row; returns whether it could, and a place in the line."""
    fields = types.uint64(len(kinds))
    last = fields - types.uint64(1)
    for field in range(fields):
        value, found, end = _field(data, at, kinds[field], spelled, bounds, slots)
        column = columns[field]
        if found == _WRONG or (found == _NOTHING and required[column]):
            return False, at
        values[column, row] = value
        present[column, row] = found == _THERE
        if field < last and _byte(data, end) != _COMMA:
            return False, at
        at = end + (field < last)
    return _ends_line(data, at), at


def _read_lines(data, end, plan, rows):  # type: ignore[no-untyped-def]
    """Reads the lines of `data[:end]`, which ends with a line; PADDING bytes follow. Returns their number, and that of records.

    A record is a line that is not empty. `lines` tells its number, from 0; `is_read` whether it was read: only then do `values`
    and `present` mean something.
    """
    kinds, columns, required, spelled, bounds, slots = plan
    values, present, lines, is_read = rows
    at, line, row = 0, 0, types.uint64(0)
    while at < end:
        if not _ends_line(data, at):
            is_read[row], at = _line(data, at, row, kinds, columns, required, spelled, bounds, slots, values, present)
            lines[row] = line
            row += types.uint64(1)
        at = _end_of_line(data, at) + 1
        line += 1
    return line, types.int64(row)


_SIGNATURE = types.UniTuple(types.int64, 2)(_BYTES, types.int64, _PLAN, _ROWS)
try:
    read_lines = njit(_SIGNATURE, cache=True, **_OPTIONS)(_read_lines)
except RuntimeError:  # neither this folder nor the user's cache can be written
    read_lines = njit(_SIGNATURE, **_OPTIONS)(_read_lines)
