"""From a file's records to typed rows: the SQL of intake, made from the declared schema.

Every format ends as one relation with a text per canonical column (`COLUMN__text`); one statement then reads, checks
and keeps. Fragments name columns and macros only; values reach them as variables of the connection.
"""

from __future__ import annotations

from typing import Literal

from flows.engine import identifier as q
from flows.schema import RawColumn, RawTable

TYPES = {
    "id": "bigint",
    "positive": "bigint",
    "count": "bigint",
    "year": "bigint",
    "money": "decimal(18, 2)",
    "refund": "decimal(18, 2)",
    "time": "timestamp",
    "date": "date",
    "text": "varchar",
    "status": "varchar",
    "platform": "varchar",
    "shop_type": "varchar",
    "village_code": "varchar",
    "county_code": "varchar",
}
"""SQL types of a segment's columns by kind."""

_CASTS = TYPES | {"status": "trade_status", "platform": "platform_name", "shop_type": "shop_type_name"}
"""Types whose own cast is tried first; it counts only where it spells the delivered text again (is_exact_KIND)."""


def typed(table: RawTable, records: str, keep: str = "") -> str:
    """The records with every column read: null where it is null or wrong.

    Beside them `COLUMN__clean`, null only where the column was delivered as null, and `is_exact`, whether exact_rows
    would have taken the record but for the rules. The casts come first, cleaning only where a cast does not spell the
    text again, and each is written once, since DuckDB would evaluate a repeated expression again. `keep` lists further
    columns to carry ("" or "line, raw, ").
    """
    names = [(c.kind, q(c.name), *(q(f"{c.name}__{form}") for form in ("text", "fast", "clean"))) for c in table.columns]
    casts, exact, cleaned, read, is_exact = [], [], [], [], []
    for kind, name, text, fast, clean in names:
        casts.append(f"try_cast({text} as {_CASTS[kind]}) as {fast}")
        exact.append(f"case when is_exact_{kind}({fast}, {text}) then {fast}::{TYPES[kind]} end as {fast}")
        cleaned.append(f"case when {fast} is null then clean({text}) end as {clean}, {fast}")
        read.append(f"coalesce({fast}, {kind}_of({clean})) as {name}, {clean}")
        is_exact.append(f"({text} is null or {fast} is not null)")
    texts = ", ".join(text for _, _, text, _, _ in names)
    return (
        f"select {keep}is_exact, {', '.join(read)} from (select {keep}{' and '.join(is_exact)} as is_exact, {', '.join(cleaned)} "
        f"from (select {keep}{texts}, {', '.join(exact)} from (select *, {', '.join(casts)} from ({records}))))"
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


def _exact(table: RawTable) -> str:
    """The condition, over `COLUMN__text` and `COLUMN__fast`, under which a record is spelled exactly."""
    tests = []
    for c in table.columns:
        text, fast = q(c.name + "__text"), q(c.name + "__fast")
        exact = f"is_exact_{c.kind}({fast}, {text})"
        tests.append(exact if c.required else f"({text} is null or {exact})")
    return " and ".join(tests)


def _kept(table: RawTable) -> str:
    """The columns of an accepted row, as the segment holds them."""
    return ", ".join(f"coalesce({q(c.name)}, 0) as {q(c.name)}" if c.kind == "refund" else q(c.name) for c in table.columns)


def exact_rows(table: RawTable, records: str) -> str:
    """Grain: one row per accepted record whose every value is spelled as its type's own cast would spell it.

    Most records of most files are, and they cost half of what `typed` does.
    """
    casts = ", ".join(f"try_cast({q(c.name + '__text')} as {_CASTS[c.kind]}) as {q(c.name + '__fast')}" for c in table.columns)
    read = ", ".join(
        f"{q(c.name + '__fast')}::{TYPES[c.kind]} as {q(c.name)}, {q(c.name + '__text')} as {q(c.name + '__clean')}"
        for c in table.columns
    )
    rules = "".join(f" and not coalesce({rule}, false)" for _, _, rule in table.rules)
    return (
        f"select {_kept(table)} from (select {read} from (select *, {casts} from ({records})) where {_exact(table)}) "
        f"where true{rules}"
    )


def _passes(table: RawTable) -> str:
    """The condition under which a row of plain lines is accepted."""
    return "is_read" + "".join(f" and not coalesce({rule}, false)" for _, _, rule in table.rules)


def _plain(table: RawTable) -> str:
    """The rows of plain_lines; where a column has no value, none was delivered."""
    clean = ", ".join(f"null::varchar as {q(c.name + '__clean')}" for c in table.columns)
    return f"select *, {clean} from plain_lines"


def plain_rows(table: RawTable) -> str:
    """Grain: one row per line of plain_lines that is an accepted record, typed as the segment holds it."""
    return f"select {_kept(table)} from ({_plain(table)}) where {_passes(table)}"


def unread_lines(table: RawTable) -> str:
    """Grain: one row per line of plain_lines that plain_rows does not take, in order."""
    return f"select line from ({_plain(table)}) where not ({_passes(table)}) order by line"


def accepted_rows(table: RawTable, records: str) -> str:
    """Grain: one row per accepted record, typed as the segment holds it."""
    return f"select {_kept(table)} from ({typed(table, records)}) where {is_accepted(table)}"


def accepted_lines(table: RawTable, records: str) -> str:
    """As accepted_rows, over records that tell whether their line parsed."""
    return accepted_rows(table, f"select * from ({records}) where parsed")


def left_over(table: RawTable, records: str, taken: Literal["nothing", "exact", "accepted"]) -> str:
    """Grain: one row per record that a first reading left: line, raw, reasons (null = accepted) and its typed columns.

    `taken` tells what the first reading took: nothing, the exactly spelled records, or all accepted ones.
    """
    accepted = is_accepted(table)
    left = {"nothing": "true", "exact": f"not ({accepted} and is_exact)", "accepted": f"not ({accepted})"}[taken]
    told = f"case when not parsed then 'unparseable' when not ({accepted}) then {reasons(table)} end"
    return (
        f"select line, raw, {told} as reasons, {_kept(table)} from ({typed(table, records, 'line, raw, parsed, ')}) "
        f"where not parsed or {left}"
    )
