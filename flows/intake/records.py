"""From a file's records to typed rows: the SQL of intake, made from the declared schema.

Every format ends as one relation with a text per canonical column (`COLUMN__text`); one statement then reads, checks
and keeps. Fragments name columns and macros only; values reach them as variables of the connection.
"""

from __future__ import annotations

from flows.engine import identifier as q
from flows.schema import RawColumn, RawTable

_FAST = {
    "id": "bigint",
    "positive": "bigint",
    "count": "bigint",
    "year": "bigint",
    "money": "decimal(18, 2)",
    "refund": "decimal(18, 2)",
    "time": "timestamp",
    "date": "date",
    "status": "trade_status",
}
"""Types whose own cast is tried first; it counts only where it spells the delivered text again."""

TYPES = {
    "id": "bigint",
    "positive": "bigint",
    "count": "bigint",
    "year": "bigint",
    "money": "decimal(18, 2)",
    "refund": "decimal(18, 2)",
    "time": "timestamp",
    "date": "date",
}
"""SQL types of a segment's columns by kind; every other kind is text."""


def typed(table: RawTable, records: str, keep: str) -> str:
    """The records with every column read, null where null or wrong, and `COLUMN__clean`, null where it was delivered so.

    The casts come first, cleaning only where a cast does not spell the text again, and each is written once, since
    DuckDB would evaluate a repeated expression again. `keep` lists further columns to carry ("" or "line, raw, ").
    """
    columns = [(q(c.name), q(c.name + "__text"), q(c.name + "__fast"), q(c.name + "__clean"), c.kind) for c in table.columns]
    casts = [f"try_cast({text} as {_FAST[kind]}) as {fast}" for _, text, fast, _, kind in columns if kind in _FAST]
    exact = [f"exact_{kind}({fast}, {text}) as {fast}" for _, text, fast, _, kind in columns if kind in _FAST]
    cleaned = [
        f"case when {fast} is null then clean({text}) end as {clean}, {fast}" if kind in _FAST else f"clean({text}) as {clean}"
        for _, text, fast, clean, kind in columns
    ]
    read = [
        f"case when {fast} is not null then {fast} else {kind}_of({clean}) end as {name}, {clean}"
        if kind in _FAST
        else f"{kind}_of({clean}) as {name}, {clean}"
        for name, _, fast, clean, kind in columns
    ]
    texts = ", ".join(text for _, text, *_ in columns)
    return (
        f"select {keep}{', '.join(read)} from (select {keep}{', '.join(cleaned)} from (select {keep}{texts}, {', '.join(exact)} "
        f"from (select *, {', '.join(casts)} from ({records}))))"
    )


def _is_null(column: RawColumn) -> str:
    """Whether a column that has no value was delivered as null."""
    clean = q(column.name + "__clean")
    nulls = f"map_extract_value(getvariable('null_values'), '{column.name}')"
    return f"({clean} is null or coalesce(list_contains({nulls}, {clean}), false))"


def is_accepted(table: RawTable) -> str:
    """The condition under which a typed row breaks no rule."""
    tests = [
        f"{q(c.name)} is not null" if c.required else f"case when {q(c.name)} is null then {_is_null(c)} else true end"
        for c in table.columns
    ]
    tests += [f"not coalesce({rule}, false)" for _, _, rule in table.rules]
    return " and ".join(tests)


def _faults(table: RawTable) -> list[str]:
    """Reasons of a typed row, each null where it does not apply, in column order."""
    faults = []
    for c in table.columns:
        missing = f"'missing:{c.name}'" if c.required else "null"
        fault = f"when {q(c.name)} is null then case when {_is_null(c)} then {missing} else 'invalid:{c.name}' end"
        rules = [f"when {rule} then '{why}:{c.name}'" for blame, why, rule in table.rules if blame == c.name]
        faults.append(f"case {' '.join([*rules, fault])} end")
    return faults


def reasons(table: RawTable) -> str:
    """Every reason of a typed row, in column order, joined by `;`."""
    return f"concat_ws(';', {', '.join(_faults(table))})"


def accepted_rows(table: RawTable, records: str) -> str:
    """Grain: one row per accepted record, typed as the segment holds it."""
    columns = ", ".join(
        f"coalesce({q(c.name)}, 0) as {q(c.name)}" if c.kind == "refund" else q(c.name) for c in table.columns
    )
    return f"select {columns} from ({typed(table, records, '')}) where {is_accepted(table)}"


def accepted_lines(table: RawTable, records: str) -> str:
    """As accepted_rows, over records that tell whether their line parsed."""
    return accepted_rows(table, f"select * from ({records}) where parsed")


def quarantined_rows(table: RawTable, records: str) -> str:
    """Grain: one row per record that breaks a rule: line, raw, reasons."""
    return (
        f"select line, raw, case when parsed then {reasons(table)} else 'unparseable' end as reasons "
        f"from ({typed(table, records, 'line, raw, parsed, ')}) where not parsed or not ({is_accepted(table)})"
    )
