"""The lines of a CSV file that are spelled plainly, read and checked in one pass: those of most files, nearly all.

For tables of numbers, moments and statuses, which orders are. What a line holds otherwise (`¥1,299.00`, `2019/1/5 9:03`, a quote
within quotes, a field too many) is not read here but told, and the statements of `records.py` read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from flows.intake.aliases import Aliases, Header, fold
from flows.intake.text import padded_blocks
from flows.schema import RawTable

if TYPE_CHECKING:
    from flows.intake.machine import Rows

_KINDS = {"id": "ID", "money": "MONEY", "refund": "MONEY", "time": "TIME", "status": "NAME"}
_NAME = pa.dictionary(pa.int64(), pa.string())
_TYPES = {"ID": pa.int64(), "MONEY": pa.decimal64(18, 2), "TIME": pa.timestamp("us"), "NAME": _NAME}


def plain_lines(path: Path, after: int, table: RawTable, header: Header, aliases: Aliases) -> PlainLines | None:
    """The lines of a file after line `after`, if most are spelled plainly; else None.

    They can be where every column of the table is of a kind that machine code knows, and in one place of the header.
    """
    if header.times or header.places or any(c.kind not in _KINDS for c in table.columns):
        return None
    plain = PlainLines(path, after, table, header, aliases)
    return plain if plain.share() > 0.5 else None


@dataclass(frozen=True, slots=True)
class PlainLines:
    """The lines of a text file after line `after`, whose fields mean what `header` says."""

    path: Path
    after: int
    table: RawTable
    header: Header
    aliases: Aliases

    def batches(self) -> pa.RecordBatchReader:
        """Grain: one row per line that is not empty: `line`, `is_read`, and the table's columns, null where there is nothing.

        Those of a row that is not read hold nothing of meaning.
        """
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    def share(self) -> float:
        """Of the lines of the first block, the share that is read."""
        for batch in self._batches():
            return float(np.mean(batch.column("is_read").to_numpy(zero_copy_only=False))) if len(batch) else 0.0
        return 0.0

    @property
    def _schema(self) -> pa.Schema:
        columns = [(c.name, _TYPES[_KINDS[c.kind]]) for c in self.table.columns]
        return pa.schema([("line", pa.int64()), ("is_read", pa.bool_()), *columns])

    def _batches(self) -> Iterator[pa.RecordBatch]:
        from flows.intake import machine

        schema, unknown = self._schema, len(self.table.columns)
        own = {c.name: at for at, c in enumerate(self.table.columns)}
        columns = [own.get(self.header.column.get(at, ""), unknown) for at in range(len(self.header.names))]
        kinds = [getattr(machine, _KINDS[self.table.columns[at].kind]) if at < unknown else machine.SKIP for at in columns]
        required = np.array([*(c.required for c in self.table.columns), False], bool)
        names = _Names.of(self.aliases)
        plan = machine.Plan(
            np.array(kinds, np.int64), np.array(columns, np.uint64), required, names.spelled, names.bounds, names.slots
        )
        before = 0
        for data, end in padded_blocks(self.path, machine.PADDING):
            most = int(np.count_nonzero(data[:end] == 10))
            rows = machine.Rows(
                np.zeros((unknown + 1, most), np.int64),
                np.zeros((unknown + 1, most), bool),
                np.zeros(most, np.int64),
                np.zeros(most, bool),
            )
            passed, count = machine.read_lines(data, end, plan, rows)
            numbers = rows.lines[:count] + (before + 1)
            before += passed
            if before > self.after:
                batch = pa.record_batch([*_columns(rows, numbers, schema.types[2:], names.texts)], schema=schema)
                yield batch.slice(int(np.searchsorted(numbers, self.after, "right")))


def _columns(rows: Rows, numbers: npt.NDArray[np.int64], kinds: Iterable[pa.DataType], texts: pa.Array) -> Iterator[pa.Array]:
    """Arrow's arrays over a block's rows as they lie in memory; not pa.array, which would import pandas."""
    count = len(numbers)
    yield pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(numbers)])
    yield pa.Array.from_buffers(pa.bool_(), count, [None, _bits(rows.is_read[:count])])
    for kind, values, present in zip(kinds, rows.values[:-1], rows.present[:-1], strict=True):
        there = present[:count]
        buffers = [None if there.all() else _bits(there), pa.py_buffer(values[:count])]
        if pa.types.is_dictionary(kind):
            numbers_of_names = pa.Array.from_buffers(pa.int64(), count, buffers)
            yield pa.DictionaryArray.from_arrays(numbers_of_names, texts, safe=False)
        else:
            yield pa.Array.from_buffers(kind, count, buffers)


def _bits(flags: npt.NDArray[np.bool_]) -> pa.Buffer:
    """Flags as Arrow holds them."""
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


@dataclass(frozen=True, slots=True)
class _Names:
    """What statuses are called, and what each name stands for: their own names, and those of the alias table as they stand."""

    spelled: npt.NDArray[np.uint8]
    bounds: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int64]
    texts: pa.Array

    @classmethod
    def of(cls, aliases: Aliases) -> _Names:
        """The names of the alias table, and a table in which they are found."""
        from flows.intake.machine import PADDING, SLOTS, slot_of

        folded = {key.removeprefix("status:"): value for key, value in aliases.values.items() if key.startswith("status:")}
        means = {name: name for name in folded.values()} | {key: value for key, value in folded.items() if fold(key) == key}
        known = [(name.encode(), value) for name, value in sorted(means.items())][: SLOTS // 2]
        spelled, bounds = _joined([name for name, _ in known])
        slots = np.full(SLOTS, -1, np.int64)
        for number in range(len(known)):
            slot = int(slot_of.py_func(spelled, bounds[number], bounds[number + 1]))
            while slots[slot] >= 0:
                slot = (slot + 1) & (SLOTS - 1)
            slots[slot] = number
        data, ends = _joined([value.encode() for _, value in known])
        spelled = np.append(spelled, np.zeros(PADDING, np.uint8))
        texts = pa.StringArray.from_buffers(len(known), pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(data))
        return cls(spelled, bounds, slots, texts)


def _joined(texts: list[bytes]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Texts one after the other, and where each begins and ends."""
    return np.frombuffer(b"".join(texts), np.uint8).copy(), np.cumsum([0, *map(len, texts)]).astype(np.int64)
