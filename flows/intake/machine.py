"""Lines of text into numbers, as machine code: what reading hundreds of millions of orders spends its time on.

Compiled by Numba when it is first used (a second), and kept beside this file or in the user's cache. It knows no contract but
this: what it takes is spelled such that it can mean one thing only, the same as to the SQL of `records.py`; the rest it leaves.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit, types

ID, MONEY, TIME, NAME, SKIP = range(5)
"""What a field holds: a positive integer; yuan, told in fen; a moment, told in microseconds; one of some names; anything."""
PADDING = 64
"""Bytes that must follow the last line, whatever they are."""
SLOTS = 1024
"""Of the table in which names are found; more than twice as many as names."""

_NEWLINE, _RETURN, _SPACE, _QUOTE, _COMMA, _DASH, _POINT, _SLASH, _ZERO, _TWO, _COLON, _T = b'\n\r ",-./02:T'
_WRONG, _NOTHING, _THERE = -1, 0, 1
"""What a field turned out to hold: something that is not read here; nothing; a value."""


class Plan(NamedTuple):
    """What the fields of a line are, by position: `kinds`, and the `columns` that they go to (-1: none), by number.

    `required` columns, and names: `spelled[bounds[n]:bounds[n + 1]]` spells the n-th; `slots` tells where to look for it.
    """

    kinds: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int64]
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
_PLAN = types.NamedTuple([_INTS, _INTS, _FLAGS, _BYTES, _INTS, _INTS], Plan)
_ROWS = types.NamedTuple([types.int64[:, ::1], types.boolean[:, ::1], _INTS, _FLAGS], Rows)


@_part
def _digit(data, at):  # type: ignore[no-untyped-def]
    """The digit that a byte spells; what is below 0 or above 9 is none."""
    return np.int64(data[at]) - _ZERO


@_part
def _two_digits(data, at):  # type: ignore[no-untyped-def]
    """The number that two bytes spell, or -1."""
    tens, ones = _digit(data, at), _digit(data, at + 1)
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -1


@_part
def _days(year, month):  # type: ignore[no-untyped-def]
    """Days of a month of 2000 to 2099."""
    if month == 2:
        return 29 if year % 4 == 0 else 28
    return 30 if month in (4, 6, 9, 11) else 31


@_part
def _seconds(data, at):  # type: ignore[no-untyped-def]
    """Seconds since 1970 that 2019-07-01 09:30:00 spells (or with / or T), of the years 2003 to 2099; or -1."""
    mark = data[at + 4]
    if mark not in (_DASH, _SLASH) or data[at + 7] != mark or data[at + 10] not in (_SPACE, _T):
        return -1
    if data[at] != _TWO or data[at + 1] != _ZERO or data[at + 13] != _COLON or data[at + 16] != _COLON:
        return -1
    wrong = np.int64(0)  # below zero once a byte was no digit
    year, month, day, hour, minute, second = np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for place in range(2):
        a, b, c = _digit(data, at + 2 + place), _digit(data, at + 5 + place), _digit(data, at + 8 + place)
        d, e, f = _digit(data, at + 11 + place), _digit(data, at + 14 + place), _digit(data, at + 17 + place)
        wrong |= a | (9 - a) | b | (9 - b) | c | (9 - c) | d | (9 - d) | e | (9 - e) | f | (9 - f)
        year, month, day, hour, minute, second = (
            year * 10 + a, month * 10 + b, day * 10 + c, hour * 10 + d, minute * 10 + e, second * 10 + f
        )  # fmt: skip
    wrong |= (year - 3) | (month - 1) | (12 - month) | (day - 1) | (23 - hour) | (59 - minute) | (59 - second)
    if wrong < 0 or (day > 28 and day > _days(year, month)):
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


@_part
def _name(data, start, end, spelled, bounds, slots):  # type: ignore[no-untyped-def]
    """Which name stands in some bytes, or -1."""
    slot = slot_of(data, start, end)
    while slots[slot] >= 0:
        number = slots[slot]
        first = bounds[number]
        is_same = bounds[number + 1] - first == end - start
        at = 0
        while is_same and at < end - start:
            is_same = spelled[first + at] == data[start + at]
            at += 1
        if is_same:
            return number
        slot = (slot + 1) & (SLOTS - 1)
    return -1


@_part
def _ends_line(data, at):  # type: ignore[no-untyped-def]
    """Whether a line ends at a place."""
    return data[at] == _NEWLINE or (data[at] == _RETURN and data[at + 1] == _NEWLINE)


@_part
def _digits(data, at):  # type: ignore[no-untyped-def]
    """The number that digits spell, and where they end; of more than eighteen digits it means nothing."""
    value, digit = np.int64(0), _digit(data, at)
    while 0 <= digit <= 9:
        value = value * 10 + digit
        at += 1
        digit = _digit(data, at)
    return value, at


@_part
def _id(data, at):  # type: ignore[no-untyped-def]
    """What an id is, what kind of find, and where it ends."""
    value, end = _digits(data, at)
    if end == at:
        return value, _NOTHING, end
    return value, _THERE if end - at <= 18 and data[at] != _ZERO else _WRONG, end


@_part
def _fen(data, at):  # type: ignore[no-untyped-def]
    """What yuan with at most two decimals are in fen, what kind of find, and where they end."""
    yuan, end = _digits(data, at)
    if end == at:
        return yuan, _NOTHING, end
    found = _THERE if end - at <= 15 else _WRONG
    if data[end] != _POINT:
        return yuan * 100, found, end
    fen = _two_digits(data, end + 1)
    if fen >= 0:
        return yuan * 100 + fen, found, end + 3
    tenths = _digit(data, end + 1)
    return yuan * 100 + tenths * 10, found if 0 <= tenths <= 9 else _WRONG, end + 2


@_part
def _microseconds(data, at):  # type: ignore[no-untyped-def]
    """What a moment is in microseconds since 1970, what kind of find, and where it ends."""
    if data[at] <= _COMMA:
        return np.int64(0), _NOTHING, at
    seconds = _seconds(data, at)
    return seconds * 1_000_000, _THERE if seconds >= 0 else _WRONG, at + 19


@_part
def _end_of_text(data, at, is_quoted):  # type: ignore[no-untyped-def]
    """Where a text ends: at its quote or the line's end; without quotes, at a comma or the line's end."""
    if is_quoted:
        while data[at] != _QUOTE and data[at] != _NEWLINE:
            at += 1
    else:
        while data[at] != _COMMA and data[at] != _NEWLINE and data[at] != _RETURN:
            at += 1
    return at


@_inner
def _field(data, at, kind, spelled, bounds, slots):  # type: ignore[no-untyped-def]
    """What a field of a kind holds, what kind of find, and where it ends. It may be in quotes without quotes in them."""
    is_quoted = data[at] == _QUOTE
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
        found = found if data[end] == _QUOTE else _WRONG
        end += 1
    return value, found, end


@_inner
def _line(  # type: ignore[no-untyped-def]  # noqa: PLR0913, PLR0917
    data, at, row, kinds, columns, required, spelled, bounds, slots, values, present
):
    """Reads a line into a row; returns whether it could, and a place in the line."""
    last = len(kinds) - 1
    for field in range(last + 1):
        value, found, end = _field(data, at, kinds[field], spelled, bounds, slots)
        column = columns[field]
        if found == _WRONG or (found == _NOTHING and column >= 0 and required[column]):
            return False, at
        if column >= 0:
            values[column, row] = value
            present[column, row] = found == _THERE
        if field < last and data[end] != _COMMA:
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
    at, line, row = 0, 0, 0
    while at < end:
        if not _ends_line(data, at):
            is_read[row], at = _line(data, at, row, kinds, columns, required, spelled, bounds, slots, values, present)
            lines[row] = line
            row += 1
        while data[at] != _NEWLINE:
            at += 1
        at += 1
        line += 1
    return line, row


_SIGNATURE = types.UniTuple(types.int64, 2)(types.Array(types.uint8, 1, "C", readonly=True), types.int64, _PLAN, _ROWS)
try:
    read_lines = njit(_SIGNATURE, cache=True, **_OPTIONS)(_read_lines)
except RuntimeError:  # neither this folder nor the user's cache can be written
    read_lines = njit(_SIGNATURE, **_OPTIONS)(_read_lines)
