"""From a delivered file to its records: one relation of texts, whatever the format. Contract, section 1."""

from __future__ import annotations

import json
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb.func import FunctionNullHandling, PythonUDFType

from flows.engine import execute_folder, identifier, scalar, set_map, set_variables, statement
from flows.intake.aliases import Aliases, Header, fold
from flows.intake.held import Held
from flows.intake.plain import PlainLines, plain_lines
from flows.intake.text import LINES, SEPARATOR, Text, first_line, lines
from flows.schema import RawTable

SMALL = 20_000
"""Lines up to which a file is no work: its records are read in one go, numbered."""


@dataclass(slots=True)
class Records:
    """A file's records as SQL over the connection of intake.

    `fast` gives the canonical texts only, where a file allows it; `numbered` also line, raw and parsed. `arm` makes
    the relation ready for one more scan, of some lines only where it is given their numbers. `total` counts the lines that can
    be records (blank ones included). `plain`: its lines as machine code reads them, where that is possible.
    """

    numbered: str
    total: int
    unknown: tuple[str, ...]
    fast: str | None = None
    encoding: str | None = None
    arm: Callable[..., None] = lambda *_: None
    plain: PlainLines | None = None


def prepare(con: duckdb.DuckDBPyConnection, aliases: Aliases) -> None:
    """Gives a connection the macros, functions, types and variables that reading needs."""
    con.execute("set disabled_optimizers = 'filter_pushdown'")  # else a condition reads every value a second time
    for function in (clean_unicode, fold_unicode, flatten_json):
        con.create_function(
            function.__name__,
            function,
            ["VARCHAR"],
            "VARCHAR",
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )
    set_map(con, "enum_values", aliases.values)
    set_map(con, "null_values", aliases.nulls or {"": [""]})
    for name, kind in (("trade_status", "status"), ("platform_name", "platform"), ("shop_type_name", "shop_type")):
        set_variables(con, enum_names=aliases.names(kind))
        con.execute(f"create type {name} as enum (select unnest(getvariable('enum_names')))")
    execute_folder(con, "intake/macros")


def clean_unicode(texts: pa.ChunkedArray) -> pa.Array:
    """NFKC, stripped and unwrapped texts (the macro `clean` does the same for ASCII)."""
    return pa.array([None if text is None else _clean(text) for text in texts.to_pylist()], pa.string())


def fold_unicode(texts: pa.ChunkedArray) -> pa.Array:
    """Cleaned texts, case folded (for ASCII, lower case is the same)."""
    return pa.array([None if text is None else text.casefold() for text in texts.to_pylist()], pa.string())


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1].strip()
    return text[1:].strip() if text.startswith("'") else text


EMPTY = "''"


class _Number(str):
    """A JSON number as spelled."""

    __slots__ = ()


def flatten_json(texts: pa.ChunkedArray) -> pa.Array:
    """JSON objects whose nested values are marked by NUL (no column has them); null for a line that is no object."""
    return pa.array([None if text is None else _flatten(text) for text in texts.to_pylist()], pa.string())


def _flatten(text: str) -> str | None:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        value = json.loads(text, parse_float=_Number, parse_int=_Number, parse_constant=refuse)
        if not isinstance(value, dict):
            return None
        return "{" + ", ".join(f"{json.dumps(k)}: {_flat_value(v)}" for k, v in value.items()) + "}"
    except (ValueError, RecursionError):
        return None


def _flat_value(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict | list):
        return json.dumps("\0" + json.dumps(value, ensure_ascii=False))
    return json.dumps(value)


def _column_texts(table: RawTable, header: Header, field: Callable[[int], str]) -> str:
    """The canonical texts of a record as a select list; `field` gives the expression of a position."""
    at = {name: position for position, name in header.column.items()}
    columns = []
    for c in table.columns:
        if c.name == "updated_at" and header.times:
            text = f"latest_time([{', '.join(field(i) for i in header.times)}])"
        elif c.name == "place" and header.places:
            text = f"concat({', '.join(f'clean({field(i)})' for i in header.places)})"
        else:
            text = field(at[c.name]) if c.name in at else "null::varchar"
        columns.append(f"{text} as {identifier(c.name + '__text')}")
    return ", ".join(columns)


def _known_as_json(con: duckdb.DuckDBPyConnection, header: Header, field: Callable[[int], str]) -> str:
    set_variables(con, known_names=[header.names[i] for i in header.known])
    told = ", ".join(f"ltrim({field(i)}, chr(0))" for i in header.known)  # without the mark of a type that no column has
    return f"to_json(map(getvariable('known_names'), [{told}]))::varchar"


def _register_lines(con: duckdb.DuckDBPyConnection, text: Text, after: int) -> Callable[..., None]:
    def arm(only: npt.NDArray[np.int64] | None = None) -> None:
        con.register("lines", pa.RecordBatchReader.from_batches(LINES, lines(text, after, only)))

    return arm


def _scan(con: duckdb.DuckDBPyConnection, text: Text, skip: int, columns: Sequence[str], separator: str) -> str:
    """A scan of a text file by DuckDB's own reader, on all cores; lines with more or fewer columns are left out."""
    set_variables(con, text_path=str(text.path), text_skip=skip, text_columns=dict.fromkeys(columns, "VARCHAR"))
    set_variables(con, text_separator=separator, text_line_end=r"\r\n" if text.crlf else r"\n")
    return statement("intake/scan_text")


def open_csv(con: duckdb.DuckDBPyConnection, table: RawTable, aliases: Aliases, text: Text) -> Records:
    """Records of a CSV file. Raises Held for its header."""
    number, line = first_line(text)
    names = scalar(con, "select csv_fields($1)", [line])
    if names is None:
        raise Held("the header's quoting is broken")
    header = aliases.header(table, names)
    by_list: Callable[[int], str] = lambda i: f"fields[{i + 1}]"  # noqa: E731
    raw = f"case when parsed then {_known_as_json(con, header, by_list)} end" if header.unknown else "text"
    texts = _column_texts(table, header, lambda i: f"nullif({by_list(i)}, {EMPTY})")
    parsed = f"coalesce(len(fields) = {len(names)}, false)"
    numbered = (
        f"select line, {raw} as raw, parsed, {texts} from (select line, text, fields, decodes and {parsed} as parsed from ("
        f"select line, text, decodes, csv_fields(text) as fields from lines where not decodes or not is_blank(text)))"
    )
    records = Records(
        numbered, text.lines - number, header.unknown, encoding=text.encoding, arm=_register_lines(con, text, number)
    )
    if records.total <= SMALL or not text.has_plain_lines:
        return records
    if plain := plain_lines(text.path, number, table, header, aliases):
        records.plain = plain
    elif text.has_plain_fields():
        columns = [f"c{i}" for i in range(len(names))]
        records.fast = (
            f"select {_column_texts(table, header, lambda i: columns[i])} from ({_scan(con, text, number, columns, ',')})"
        )
    else:
        fields = f"select csv_fields(text) as fields from ({_scan(con, text, number, ['text'], SEPARATOR.decode())})"
        records.fast = f"select {texts} from ({fields}) where {parsed}"
    return records


def open_jsonl(con: duckdb.DuckDBPyConnection, table: RawTable, aliases: Aliases, text: Text) -> Records:
    """Records of a JSONL file: an object a line; it is never held for a column."""
    arm = _register_lines(con, text, 0)
    arm()
    scan = "select text from lines where decodes"
    if text.has_plain_lines:
        scan = _scan(con, text, 0, ["text"], SEPARATOR.decode())
    keys = con.execute(f"select distinct unnest(json_keys(json_flat(text))) as key from ({scan}) order by key")
    spelled = [key for (key,) in keys.fetchall()]
    names = {key: str(json.loads(key)).encode("utf-8", "replace").decode() for key in spelled}
    places = {key: aliases.places[fold(n)] for key, n in names.items() if table.place_names and fold(n) in aliases.places}
    means = {key: column for key, name in names.items() if (column := aliases.column(table.name, name))}
    known = [*means, *places]
    unknown = tuple(sorted({name.strip() for key, name in names.items() if key not in known}))
    set_variables(con, json_known=known or [""])

    def value(meaning: dict[str, str], name: str) -> str:
        """The text under whichever of the spelled keys that mean a name an object has."""
        spellings = [known.index(key) + 1 for key, means in meaning.items() if means == name]
        texts = [f"json_text(vals[list_position(keys, getvariable('json_known')[{at}])])" for at in spellings]
        return f"coalesce({', '.join([*texts, 'null::varchar', 'null'])})"

    columns = []
    for c in table.columns:
        text_of = value(means, c.name)
        if c.name == "place" and places:
            told = ", ".join(f"clean({value(places, name)})" for name in table.place_names)
            text_of = f"coalesce(nullif(concat({told}), ''), {text_of})"
        columns.append(f"{text_of} as {identifier(c.name + '__text')}")
    raw = "text"
    if unknown:
        kept = "list_filter(list_zip(keys, vals), lambda kv: list_contains(getvariable('json_known'), kv[1]))"
        told = "kv[1] || ': ' || replace(kv[2], '\"\\u0000', '\"')"  # without the mark of a nested value
        raw = f"'{{' || array_to_string(list_transform({kept}, lambda kv: {told}), ', ') || '}}'"
        raw = f"case when parsed then {raw} end"
    texts = ", ".join(columns)
    flat = "flat is not null as parsed, json_keys(flat) as keys, json_values(flat) as vals"
    numbered = (
        f"select line, {raw} as raw, parsed, {texts} from (select line, text, {flat} from ("
        "select line, text, case when decodes then json_flat(text) end as flat from lines "
        "where not decodes or not is_blank(text)))"
    )
    fast = f"select {texts} from (select {flat} from (select json_flat(text) as flat from ({scan}))) where parsed"
    return Records(numbered, text.lines, unknown, fast if text.has_plain_lines else None, text.encoding, arm)


_PARQUET_TEXT = (
    {
        "VARCHAR": "{0}",
        "FLOAT": "double_text({0})",
        "DOUBLE": "double_text({0})",
        "DATE": "{0}::varchar",
        "TIMESTAMP": "{0}::varchar",
        "TIMESTAMP_S": "{0}::timestamp::varchar",
        "TIMESTAMP_MS": "{0}::timestamp::varchar",
        "TIMESTAMP_NS": "nanosecond_text({0})",
        "TIMESTAMP WITH TIME ZONE": "instant_text({0})",
        "TIMESTAMPTZ_NS": "nanosecond_instant_text({0})",
    }
    | {sign + size + "INT": "{0}::varchar" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")}
    | {"INTEGER": "{0}::varchar", "UINTEGER": "{0}::varchar"}
)


def _parquet_text(column: str, kind: str) -> str:
    """The text of a Parquet column of a DuckDB type; types that no column has are marked."""
    if kind.startswith("ENUM"):
        return f"{column}::varchar"
    if kind.startswith("DECIMAL"):
        return f"decimal_text({column})"
    return _PARQUET_TEXT.get(kind, "not_text({0})").format(column)


def open_parquet(con: duckdb.DuckDBPyConnection, table: RawTable, aliases: Aliases, path: Path, spool: Path) -> Records:
    """Records of a Parquet file; rows count from 1. Raises Held where it is none.

    What DuckDB cannot read as it stands (decimals of over 38 digits, a column named as its row numbers) is copied to
    `spool` first.
    """
    try:
        with pq.ParquetFile(path) as file:
            names, total = file.schema_arrow.names, file.metadata.num_rows
            header = aliases.header(table, names)
            if _ROW_NUMBER in map(str.lower, names) or any(pa.types.is_decimal256(field.type) for field in file.schema_arrow):
                path = _copy_known(file, header.known, spool)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last of a name that is no UTF-8
        raise Held(f"not readable as Parquet: {error}") from error
    set_variables(con, parquet_path=str(path))
    scan = f"read_parquet(getvariable('parquet_path'), binary_as_string = true, {_ROW_NUMBER} = true, hive_partitioning = false)"
    try:
        described = con.execute(f"describe select * from {scan}").fetchall()
    except duckdb.Error as error:
        raise Held(f"not readable as Parquet: {error}") from error
    texts = [_parquet_text(identifier(name), kind) for name, kind, *_ in described]
    if path == spool:
        texts = [texts[header.known.index(at)] if at in header.known else "" for at in range(len(names))]
    fast = f"select {_column_texts(table, header, lambda i: texts[i])} from {scan}"
    numbered = (
        f"select {_ROW_NUMBER} + 1 as line, {_known_as_json(con, header, lambda i: texts[i])} as raw, true as parsed, "
        f"{_column_texts(table, header, lambda i: texts[i])} from {scan}"
    )
    return Records(numbered, total, header.unknown, fast)


_ROW_NUMBER = "file_row_number"
"""The column that DuckDB adds where it is asked for row numbers."""


def _copy_known(file: pq.ParquetFile, known: Sequence[int], spool: Path) -> Path:
    """Writes the known columns of a Parquet file, in their order, named c0, c1, …, long decimals as texts."""

    def as_text(kind: pa.DataType) -> pa.DataType:
        return pa.string() if pa.types.is_decimal256(kind) else kind

    schema = pa.schema([(f"c{n}", as_text(file.schema_arrow.field(at).type)) for n, at in enumerate(known)])
    with pq.ParquetWriter(spool, schema) as writer:
        for batch in file.iter_batches():
            columns = [batch.column(at).cast(as_text(batch.column(at).type)) for at in known]
            writer.write_table(pa.table(columns, schema=schema))
    return spool


def is_readable_parquet(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether DuckDB can read every value of the Parquet file that open_parquet opened last."""
    try:
        rows = con.sql("select * from read_parquet(getvariable('parquet_path'), hive_partitioning = false)").to_arrow_reader()
        for _ in rows:
            pass
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.Error, pa.ArrowException, UnicodeDecodeError):
        return False
    return True


def open_xlsx(con: duckdb.DuckDBPyConnection, table: RawTable, aliases: Aliases, path: Path) -> Records:
    """Records of the first sheet of a workbook, with the sheet's own row numbers. Raises Held where it is none."""
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features that values do not need
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            book.worksheets[0].reset_dimensions()  # some writers tell them wrong
            filled = _filled_rows(book.worksheets[0].iter_rows(values_only=True))
            _, names = next(filled, (0, ()))
            if not names:
                raise Held("no header")
            header = aliases.header(table, [_cell_text(cell) or "" for cell in names])
            sheet = _sheet(filled, header.known)
    except Held:
        raise
    except Exception as error:  # a broken archive, XML or style raises anything
        raise Held(f"not readable as a workbook: {error}") from error
    con.register("sheet", sheet)
    field: Callable[[int], str] = lambda i: f"c{i}"  # noqa: E731
    numbered = (
        f"select line, {_known_as_json(con, header, field)} as raw, true as parsed, "
        f"{_column_texts(table, header, field)} from sheet"
    )
    return Records(numbered, sheet.num_rows, header.unknown)


def _filled_rows(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows that hold any value, with their numbers."""
    return ((number, row) for number, row in enumerate(rows, 1) if any(cell is not None for cell in row))


def _sheet(rows: Iterator[tuple[int, tuple[Any, ...]]], known: Sequence[int]) -> pa.Table:
    """The known columns (c0, c1, …) of a sheet's rows as texts, beside `line`; a workbook has at most 1,048,576 rows."""
    schema = pa.schema([("line", pa.int64()), *((f"c{i}", pa.string()) for i in known)])
    batches = []
    while some := list(islice(rows, 10_000)):
        texts = [[_cell_text(row[i]) if i < len(row) else None for _, row in some] for i in known]
        batches.append(pa.record_batch([pa.array([n for n, _ in some]), *map(_strings, texts)], schema=schema))
    return pa.Table.from_batches(batches, schema)


def _strings(texts: list[str | None]) -> pa.Array:
    return pa.array(texts, pa.string())


def _cell_text(cell: Any) -> str | None:
    """What a cell delivers as text: whole numbers as digits, floats in their shortest form, times in ISO form."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date) or (isinstance(cell, int) and not isinstance(cell, bool)):
        return str(cell)
    return f"\0{cell}"
