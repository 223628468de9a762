"""Counts what became of codes, and how far villages are followed: the measures that the README publishes.

A part of `build_divisions.py`, after `review_successions.py`. They are compared with those known (`successions-measures.csv`), so
that nothing changes unseen.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
from reference_tables import LEVELS, BuildError, markdown


def build_measures(con: duckdb.DuckDBPyConnection) -> None:
    """Make `measures`: what is counted of codes, successions and what is to review."""
    _follow_villages(con)
    con.execute(
        f"""
        -- One row per link of villages across counties: whether the county code history tells of it, and could.
        create or replace table crossing as
        select
            successions.edition,
            successions.old_code,
            move.old_code is not null as is_confirmed,
            county_of(successions.old_code) in (from known_county)
                and county_of(successions.new_code) in (from known_county) as is_known
        from successions
        left join county_move as move
          on move.edition = successions.edition
         and move.old_code = county_of(successions.old_code)
         and move.new_code = county_of(successions.new_code)
        where is_village(successions.old_code) and county_of(successions.old_code) <> county_of(successions.new_code);

        -- One row per edition, or none for all, level and measure.
        create or replace table measures as
        with counted as (
            select edition, length(code) as digits, 'disappeared' as measure from disappeared
            union all
            select edition, length(code), 'new' from appeared
            union all
            select edition, length(code), 'linked'
            from disappeared
            semi join successions on successions.edition = disappeared.edition and successions.old_code = disappeared.code
            union all
            select edition, length(old_code), 'by ' || method from successions
            union all
            select edition, length(old_code), 'review ' || reason from review
            union all
            select edition, any_value(length(new_code)), 'new code of several'
            from successions group by edition, new_code having count(*) > 1
            union all
            select edition, 12, 'across counties' from crossing
            union all
            select edition, 12, 'across counties that the history knows' from crossing where is_known
            union all
            select edition, 12, 'across counties as the history tells' from crossing where is_confirmed
            union all
            select null, 12, 'in the oldest edition' from followed
            union all
            select null, 12, 'followed to the newest under its own code' from followed where code = origin and not is_linked
            union all
            select null, 12, 'followed to the newest by successions' from followed where code is not null and is_linked
            union all
            select null, 12, 'ends' from followed where code is null
        )
        select edition, level, measure, count(*) as count
        from counted
        join (values {", ".join(f"({level.digits}, '{level.name}')" for level in LEVELS)}) as levels (digits, level)
          using (digits)
        group by edition, digits, level, measure
        order by edition nulls last, digits, measure;
        """  # noqa: S608 (constants)
    )


def _follow_villages(con: duckdb.DuckDBPyConnection) -> None:
    """Make `followed`: where the villages of the oldest edition are in the newest, as the product follows them."""
    con.execute(
        """
        -- One row per village of the oldest edition: its code in the newest, null where its history ends.
        create or replace table followed as
        select code as origin, code, false as is_linked
        from standing
        where edition = (select min(edition) from standing) and is_village(code);
        """
    )
    for (edition,) in con.execute("select distinct edition from after order by edition").fetchall():
        con.execute(
            """
            create or replace table followed as
            with step as (
                -- One row per code with rows: the one that it became, or itself where it is among several, else none.
                select
                    old_code,
                    case
                        when count(*) = 1 then any_value(new_code)
                        when bool_or(new_code = old_code) then old_code end as new_code
                from successions
                where edition = $edition
                group by old_code
            )
            select
                origin,
                case when step.old_code is not null then step.new_code else after.code end as code,
                is_linked or step.old_code is not null as is_linked
            from followed
            left join step on step.old_code = followed.code
            left join after on after.edition = $edition and after.code = followed.code
            """,
            {"edition": edition},
        )


def read_measures(path: Path) -> set[tuple[str, ...]]:
    """Read the known measures."""
    with path.open(encoding="utf-8", newline="") as file:
        return {tuple(row) for row in csv.reader(file)}


def tell_measures(con: duckdb.DuckDBPyConnection) -> list[tuple[str, ...]]:
    """Give the measures as the rows of their file, the first with the names of the columns."""
    rows = con.execute("select edition, level, measure, count from measures").fetchall()
    return [
        ("edition", "level", "measure", "count"),
        *(("" if edition is None else str(edition), level, measure, str(count)) for edition, level, measure, count in rows),
    ]


def check_measures(con: duckdb.DuckDBPyConnection, known: Path) -> None:
    """Raise BuildError where the measures are not those known."""
    differences = sorted(set(tell_measures(con)) ^ read_measures(known))
    if differences:
        raise BuildError(
            f"the successions are not as {known} knows them (look at them, then build with --accept-measures):\n"
            + "\n".join(f"  {', '.join(row)}" for row in differences)
        )


def _links_by_edition(con: duckdb.DuckDBPyConnection) -> str:
    """Tell in a Markdown table how many codes went, came and were linked in each edition, by level."""
    rows = con.execute(
        """
        -- One row per edition and level.
        select
            edition,
            level,
            coalesce(sum(count) filter (where measure = 'disappeared'), 0)::bigint,
            coalesce(sum(count) filter (where measure = 'new'), 0)::bigint,
            coalesce(sum(count) filter (where measure = 'linked'), 0)::bigint,
            coalesce(sum(count) filter (where measure = 'by recycled'), 0)::bigint
        from measures
        where edition is not null
        group by edition, level
        order by edition, list_position($levels, level)
        """,
        {"levels": [level.name for level in LEVELS]},
    ).fetchall()
    body = [
        [str(edition), level, *(f"{count:,}" for count in (gone, new, linked)), _share(linked, gone), f"{recycled:,}"]
        for edition, level, gone, new, linked, recycled in rows
    ]
    return markdown(["edition", "level", "disappeared", "new", "linked", "share", "recycled"], body)


def _counts_by_edition(con: duckdb.DuckDBPyConnection, level: str, prefix: str, head: str) -> str:
    """Tell in a Markdown table the measures of a level whose names begin with a prefix, editions side by side."""
    rows = con.execute(
        """
        -- One row per edition and measure of the level.
        select edition, substr(measure, length($prefix) + 1), count
        from measures
        where level = $level and starts_with(measure, $prefix) and edition is not null
        """,
        {"level": level, "prefix": prefix},
    ).fetchall()
    counts = {(edition, measure): count for edition, measure, count in rows}
    editions = sorted({edition for edition, _ in counts})
    body = [
        [f"`{measure}`", *(f"{counts.get((edition, measure), 0):,}" for edition in editions)]
        for measure in sorted({measure for _, measure in counts})
    ]
    return markdown([head, *map(str, editions)], body)


def tell_successions(con: duckdb.DuckDBPyConnection) -> str:
    """Tell the measures, as the README has them."""
    tables = [_links_by_edition(con)]
    tables += [_counts_by_edition(con, level.name, "by ", f"{level.name}: method") for level in LEVELS[2:]]
    tables += [_counts_by_edition(con, level.name, "review ", f"{level.name}: reason") for level in LEVELS[2:]]
    return "\n\n".join([*tables, "\n".join(_summary(con))])


def _summary(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Tell the measures over all editions, a line each."""
    rows = con.execute("select level, measure, sum(count)::bigint from measures group by level, measure").fetchall()
    totals = {(level, measure): count for level, measure, count in rows}

    def told(measure: str, of: str) -> str:
        part, whole = (totals.get(("village", name), 0) for name in (measure, of))
        return f"{measure}: {part:,} of {whole:,} ({_share(part, whole)})"

    yield "villages " + told("followed to the newest under its own code", "in the oldest edition")
    yield "villages " + told("followed to the newest by successions", "in the oldest edition")
    yield "villages " + told("ends", "in the oldest edition")
    yield "links of villages " + told("across counties that the history knows", "across counties")
    yield "links of villages " + told("across counties as the history tells", "across counties")
    for level in LEVELS:
        yield f"{level.name} codes that several of one edition became: {totals.get((level.name, 'new code of several'), 0):,}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""
