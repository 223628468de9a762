"""Published tables as Parquet, made from the declared schema: types, order, comments. Contract, section 5."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

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
    con: duckdb.DuckDBPyConnection, tables: Iterable[Table], snapshot: Path, same: Mapping[str, Mapping[int, Path]]
) -> dict[str, int]:
    """Writes tables of the connection into a snapshot's folder; returns their rows.

    Year tables go to `TABLE/year=YYYY/part-0.parquet` and keep the column `year`, the others to `TABLE.parquet`. `same` are,
    by table and year, files of an earlier snapshot that hold the very rows: they get a second name.
    """
    counts = {}
    for table in tables:
        columns = ", ".join(identifier(c.name) for c in table.columns)
        order = ", ".join(map(identifier, table.key))
        query = f"select {columns} from {identifier(table.name)}"
        counts[table.name] = 0
        if not table.by_year:
            reader = con.sql(f"{query} order by {order}").to_arrow_reader(_ROW_GROUP)
            counts[table.name] += _write(reader, table, snapshot / f"{table.name}.parquet")
            continue
        for (year,) in con.execute(f"select distinct year from {identifier(table.name)} order by year").fetchall():
            path = snapshot / table.name / f"year={year}" / "part-0.parquet"
            if year in same.get(table.name, {}):
                path.parent.mkdir(parents=True, exist_ok=True)
                link(same[table.name][year], path)
                counts[table.name] += pq.read_metadata(path).num_rows
                continue
            reader = con.sql(f"{query} where year = $1 order by {order}", params=[year]).to_arrow_reader(_ROW_GROUP)
            counts[table.name] += _write(reader, table, path)
    return counts


def _write(reader: pa.RecordBatchReader, table: Table, path: Path) -> int:
    """Writes rows to a file; one group is packed while the next is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    schema, rows = arrow_schema(table), 0
    repeating = [c.name for c in table.columns if c.type == "text"]  # dictionaries of other values cost more than they spare
    with (
        pq.ParquetWriter(path, schema, compression="zstd", version="2.6", use_dictionary=repeating) as writer,
        ThreadPoolExecutor(1) as packing,
    ):
        before: Future[None] | None = None
        for group in _groups(reader, schema):
            if before:
                before.result()
            before = packing.submit(writer.write_table, group, row_group_size=_ROW_GROUP)
            rows += group.num_rows
        if before:
            before.result()
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
