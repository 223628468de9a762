"""Published tables as Parquet, made from the declared schema: types, order, comments. Contract, section 5."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from flows.engine import identifier
from flows.intake.kept import link
from flows.schema import Column, Table

TYPES: dict[str, pa.DataType] = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "text": pa.string(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "double": pa.float64(),
    "money": pa.decimal128(18, 2),
    "sum": pa.decimal128(38, 2),
}
"""Arrow types of the declared types; no nested ones, for BI tools."""

_ROW_GROUP = 122_880
"""Rows of a row group: fixed, so that identical rows give identical bytes."""

_NOTHING: Mapping[str, Mapping[int, Path]] = MappingProxyType({})
_WAITING = 6
"""Groups of rows that may wait to be packed."""


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table, with its description and each column's comment as metadata."""
    fields = [pa.field(c.name, TYPES[c.type], metadata=_comment(c)) for c in table.columns]
    return pa.schema(fields, metadata={"description": table.grain, "key": " ".join(table.key)} | _comments(table))


def _comment(column: Column) -> dict[str, str]:
    return {"comment": column.description} | ({"unit": column.unit} if column.unit else {})


def _comments(table: Table) -> dict[str, str]:
    """The same comments in the file's own key-value metadata, for readers that do not know Arrow's."""
    return {f"comment.{c.name}": c.description + (f" ({c.unit})" if c.unit else "") for c in table.columns}


def files_of(table: Table, snapshot: Path) -> list[Path]:
    """The Parquet files of a table in a snapshot, sorted: one, or one a year."""
    return sorted(snapshot.glob(f"{table.name}/year=*/*.parquet" if table.by_year else f"{table.name}.parquet"))


def write_tables(
    con: duckdb.DuckDBPyConnection, tables: Iterable[Table], snapshot: Path, same: Mapping[str, Mapping[int, Path]] = _NOTHING
) -> dict[str, int]:
    """Writes tables of the connection into a snapshot's folder; returns their rows.

    Year tables go to `TABLE/year=YYYY/part-0.parquet` and keep the column `year`, the others to `TABLE.parquet`. `same` are,
    by table and year, files of an earlier snapshot that hold the very rows: they get a second name.
    """
    counts = {}
    with _Packing() as packing:
        for table in tables:
            columns = ", ".join(identifier(c.name) for c in table.columns)
            order = ", ".join(map(identifier, table.key))
            query = f"select {columns} from {identifier(table.name)}"
            if not table.by_year:
                reader = con.sql(f"{query} order by {order}").to_arrow_reader(_ROW_GROUP)
                counts[table.name] = _write(reader, table, snapshot / f"{table.name}.parquet", packing)
                continue
            counts[table.name] = 0
            for (year,) in con.execute(f"select distinct year from {identifier(table.name)} order by year").fetchall():
                path = snapshot / table.name / f"year={year}" / "part-0.parquet"
                if year in same.get(table.name, {}):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    link(same[table.name][year], path)
                    counts[table.name] += pq.read_metadata(path).num_rows
                    continue
                reader = con.sql(f"{query} where year = $1 order by {order}", params=[year]).to_arrow_reader(_ROW_GROUP)
                counts[table.name] += _write(reader, table, path, packing)
    return counts


class _Packing:
    """Packs groups of rows into files beside the thread that makes them; a few may wait, so that memory is bounded."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Waits until all is packed. Raises what went wrong with it."""
        self._pool.shutdown(cancel_futures=error[0] is not None)
        while error[0] is None and self._waiting:
            self._waiting.popleft().result()

    def submit(self, pack: Callable[[], None]) -> None:
        """Packs when it is its turn. Raises what went wrong with one before."""
        while len(self._waiting) > _WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(pack))


def _write(reader: pa.RecordBatchReader, table: Table, path: Path, packing: _Packing) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    schema, rows = arrow_schema(table), 0
    repeating = [c.name for c in table.columns if c.type == "text"]  # dictionaries of other values cost more than they spare
    writer = pq.ParquetWriter(path, schema, compression="zstd", version="2.6", use_dictionary=repeating)
    for group in _groups(reader, schema):
        packing.submit(partial(writer.write_table, group, row_group_size=_ROW_GROUP))
        rows += group.num_rows
    packing.submit(writer.close)
    return rows


def _groups(reader: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows in tables of one row group each, whatever batches the reader gives."""
    waiting, rows = [], 0
    for batch in reader:
        waiting.append(batch)
        rows += batch.num_rows
        while rows >= _ROW_GROUP:
            table = pa.Table.from_batches(waiting).cast(schema)
            yield table.slice(0, _ROW_GROUP)
            waiting, rows = table.slice(_ROW_GROUP).to_batches(), rows - _ROW_GROUP
    yield pa.Table.from_batches(waiting, reader.schema).cast(schema)
