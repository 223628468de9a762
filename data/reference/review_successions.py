"""What a person decides about successions, what is promised of them, and what is left for a person to decide.

A part of `build_divisions.py`, after `build_successions.py`: overrides, the promises that `successions` keeps, and `review`.
Contract, section 2 (One village through time).
"""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
from build_successions import METHODS, OVERRIDE
from reference_tables import LEVELS, BuildError

# Why a code is in the table of what is to review.
REASONS = (
    "no_candidate",  # nothing new bears its name
    "taken",  # only a place that has another past, or stood already, bears its name: it may have been merged into that
    "ambiguous",  # several new codes bear its name
    "conflict",  # one new code bears its name, and several codes that disappeared bore it
    "unsupported",  # one new code bears its name, but not near enough to be sure
    "split",  # a township or county whose parts went to several
    "replaced",  # the code stands, but for another place, and where its own went is not known: it is followed all the same
    "renamed_or_recycled",  # the code stands under another name, and a new bearer of its old name is near
    "overridden",  # an override says that it has no successor
)

_OVERRIDE_COLUMNS = ["edition", "old_code", "new_code", "source", "note"]


# --- overrides ----------------------------------------------------------------------------------------------


def apply_overrides(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Replace what the build found by what a person decided. Raises BuildError for an override that does not fit.

    Each (edition, old code) of the file has its rows in the file and no others; one row without a new code: none at all.
    """
    con.execute(
        "create or replace table override (line integer, edition integer, old_code varchar, new_code varchar, source varchar)"
    )
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if rows.fieldnames != _OVERRIDE_COLUMNS:
            raise BuildError(f"{path}: the columns are not {', '.join(_OVERRIDE_COLUMNS)}")
        for row in rows:
            if None in row or None in row.values() or not row["edition"].isdecimal():
                raise BuildError(f"{path}, line {rows.line_num}: not a row of {len(_OVERRIDE_COLUMNS)} values with an edition")
            con.execute(
                "insert into override values (?, ?, ?, nullif(?, ''), ?)",
                [rows.line_num, int(row["edition"]), row["old_code"], row["new_code"], row["source"].strip()],
            )
    wrong = con.execute(
        """
        -- One row per override that does not fit, and why.
        select line, 'no source' from override where source = ''
        union all
        select line, 'the old code does not stand in the edition before'
        from override
        anti join before on before.edition = override.edition and before.code = override.old_code
        union all
        select line, 'the new code does not stand in the edition'
        from override
        anti join after on after.edition = override.edition and after.code = override.new_code
        where new_code is not null
        union all
        select line, 'the codes are of different levels' from override where length(new_code) <> length(old_code)
        union all
        select max(line), 'the row is there twice'
        from override
        group by edition, old_code, new_code
        having count(*) > 1
        union all
        select max(line), 'a code has both a successor and none'
        from override
        group by edition, old_code
        having count(new_code) between 1 and count(*) - 1
        union all
        select max(line), 'the build finds the same by itself'
        from override
        left join (
            select edition, old_code, list_sort(list(new_code)) as found from successions group by edition, old_code
        ) using (edition, old_code)
        group by edition, old_code
        having coalesce(list_sort(list(new_code) filter (where new_code is not null)), []) = coalesce(any_value(found), [])
        order by all
        """
    ).fetchall()
    if wrong:
        raise BuildError("overrides that do not fit:\n" + "\n".join(f"  {path}, line {line}: {why}" for line, why in wrong))
    con.execute(
        f"""
        delete from successions where (edition, old_code) in (select (edition, old_code) from override);
        insert into successions
        select edition, old_code, new_code, '{OVERRIDE}' from override where new_code is not null;
        """  # noqa: S608 (a constant)
    )


# --- promises -----------------------------------------------------------------------------------------------


def check_successions(con: duckdb.DuckDBPyConnection) -> None:
    """Raise BuildError where `successions` would break what is promised of it."""
    methods = ", ".join(f"({digits}, '{method}')" for digits, names in METHODS.items() for method in names)
    rows = con.execute(
        f"""
        -- One row per promise: how often it is broken.
        with found as (
            select * from successions where method <> '{OVERRIDE}'
        )
        select 'row twice', count(*)
        from (select 1 from successions group by edition, old_code, new_code having count(*) > 1)
        union all
        select 'old code with several successors', count(*)
        from (select 1 from found group by edition, old_code having count(*) > 1)
        union all
        select 'new village code with several predecessors', count(*)
        from (select 1 from found where is_village(new_code) group by edition, new_code having count(*) > 1)
        union all
        select 'new code with several predecessors other than by merger', count(*)
        from (
            select 1 from found where method not in ('merged_township', 'history', 'counties')
            group by edition, new_code having count(*) > 1
        )
        union all
        select 'succession from a code that did not stand', count(*)
        from successions
        anti join before on before.edition = successions.edition and before.code = successions.old_code
        union all
        select 'succession to a code that does not stand', count(*)
        from successions
        anti join after on after.edition = successions.edition and after.code = successions.new_code
        union all
        select 'succession from a code to itself', count(*) from found where old_code = new_code
        union all
        select 'succession to another level', count(*) from successions where length(old_code) <> length(new_code)
        union all
        select 'succession from a code that still stands, but is not told to be recycled, or the reverse', count(*)
        from found
        left join after on after.edition = found.edition and after.code = found.old_code
        where (after.code is not null) <> (found.method = 'recycled')
        union all
        select 'succession to a code that stood before under the same name, other than by merger', count(*)
        from found
        join before on before.edition = found.edition and before.code = found.new_code
        join after on after.edition = found.edition and after.code = found.new_code
        anti join found as own on own.edition = found.edition and own.old_code = found.new_code
        where before.name = after.name and found.method not in ('merged_township', 'history', 'counties')
        union all
        select 'unknown method', count(*)
        from found
        anti join (values {methods}) as known (digits, method)
          on known.digits = length(found.old_code) and known.method = found.method
        """  # noqa: S608 (constants)
    ).fetchall()
    broken = [f"  {promise}: {count}" for promise, count in rows if count]
    if broken:
        raise BuildError("the successions are not as promised:\n" + "\n".join(broken))


# --- what is left to decide ---------------------------------------------------------------------------------


def build_review(con: duckdb.DuckDBPyConnection) -> None:
    """Make `review`: codes that disappeared without a successor, and codes that stand, perhaps for another place."""
    con.execute(
        f"""
        -- One row per edition and village of the edition before that became no village of the next, or that did so only
        -- because its code stands.
        create or replace table lost_village as
        select edition, code, name, stem, township, township_to, county_to, coalesce(county_to, prefecture_to) as place
        from open_village_before;

        -- One row per edition and lost village: the codes of its stem in the nearest place that has any, of those that
        -- no rule has matched (open) and of all others, and how many lost villages have the stem there.
        create or replace table lost_village_candidate as
        with wanted as (
            select edition, code, stem, township_to as place, 1 as distance from lost_village where township_to is not null
            union all
            select edition, code, stem, place, 2 from lost_village where place is not null
        ),
        bearer as (
            select village.edition, village.code, stem, township, county, prefecture, taken.new_code is null as is_open
            from village_after as village
            semi join wanted on wanted.edition = village.edition and wanted.stem = village.stem
            left join village_match as taken on taken.edition = village.edition and taken.new_code = village.code
        ),
        offered as (
            select edition, code, stem, unnest([township, county]) as place, is_open from bearer
            union all
            select edition, code, stem, prefecture, is_open from bearer where is_open
        ),
        rivals as (
            select edition, place, stem, count(*) as rivals from wanted group by edition, place, stem
        )
        select
            edition,
            wanted.code,
            offered.is_open,
            count(*) as candidates,
            any_value(rivals) as rivals,
            string_agg(offered.code, ';' order by offered.code) as codes
        from wanted
        join offered using (edition, place, stem)
        join rivals using (edition, place, stem)
        group by edition, wanted.code, distance, offered.is_open
        qualify row_number() over (partition by edition, wanted.code order by offered.is_open desc, distance) = 1;

        -- One row per edition and code that stands under a name unlike the one before, with villages of the county that
        -- have the old name now, and did not before, or that may have been recycled.
        create or replace table renamed_or_recycled as
        select edition, old_code, string_agg(distinct new_code, ';' order by new_code) as codes
        from (
            select edition, old_code, doubtful_recycling.new_code
            from doubtful_recycling
            semi join (from village_match where rule = 'place') as kept using (edition, old_code)
            union all
            select match.edition, match.old_code, bearer.code
            from village_match as match
            join village_before as old on old.edition = match.edition and old.code = match.old_code
            join village_after as here on here.edition = match.edition and here.code = match.old_code
            join village_after as bearer
              on bearer.edition = match.edition and bearer.county = here.county and bearer.name = old.name
            anti join before as bore
              on bore.edition = bearer.edition and bore.code = bearer.code and bore.name = bearer.name
            where match.rule = 'place' and here.stem <> old.stem and bearer.code <> here.code
        )
        group by edition, old_code;

        -- One row per edition and code above the villages that goes on as none: the codes of its level to which its
        -- villages went, or that the county code history names.
        create or replace table lost_above as
        with lost as (
            select old.edition, old.code
            from before as old
            left join township_match on township_match.edition = old.edition and township_match.old_code = old.code
            left join after on after.edition = old.edition and after.code = old.code
            where not is_village(old.code)
              and case when is_township(old.code) then township_match.new_code is null else after.code is null end
        ),
        went as (
            select lost.edition, lost.code, left(match.new_code, digits) as new_code, count(*) as villages
            from village_match as match
            cross join (values (4), (6), (9)) as levels (digits)
            join lost on lost.edition = match.edition and lost.code = left(match.old_code, digits)
            group by lost.edition, lost.code, left(match.new_code, digits)
        ),
        told as (
            select edition, old_code as code, new_code, 0 as villages from county_told
            anti join went on went.edition = county_told.edition and went.code = county_told.old_code
                          and went.new_code = county_told.new_code
        )
        select
            edition,
            lost.code,
            count(new_code) as candidates,
            coalesce(string_agg(new_code, ';' order by villages desc, new_code), '') as codes
        from lost
        left join (from went union all from told) as candidate using (edition, code)
        group by edition, lost.code;

        -- One row per edition and code of the edition before for a person to decide.
        create or replace table review as
        with found as (
            select
                lost.edition,
                lost.code as old_code,
                case
                    when stands.code is not null then 'replaced'
                    when candidate.code is null then 'no_candidate'
                    when not candidate.is_open then 'taken'
                    when candidate.candidates > 1 then 'ambiguous'
                    when candidate.rivals > 1 then 'conflict'
                    else 'unsupported' end as reason,
                coalesce(candidate.codes, '') as candidates
            from lost_village as lost
            left join after as stands on stands.edition = lost.edition and stands.code = lost.code
            left join lost_village_candidate as candidate on candidate.edition = lost.edition and candidate.code = lost.code
            union all
            select edition, old_code, 'renamed_or_recycled', codes from renamed_or_recycled
            union all
            select
                lost.edition,
                lost.code,
                case
                    when stands.code is not null then 'replaced'
                    when lost.candidates = 0 then 'no_candidate'
                    when lost.candidates = 1 then 'unsupported'
                    else 'split' end,
                lost.codes
            from lost_above as lost
            left join after as stands on stands.edition = lost.edition and stands.code = lost.code
        )
        select undecided.edition, old_code, before.name, level, reason, candidates
        from (
            select * from found
            anti join successions using (edition, old_code)
            anti join override using (edition, old_code)
            union all
            select override.edition, override.old_code, 'overridden', '' from override where new_code is null
        ) as undecided
        join before on before.edition = undecided.edition and before.code = undecided.old_code
        join (values {", ".join(f"({level.digits}, '{level.name}')" for level in LEVELS)}) as levels (digits, level)
          on levels.digits = length(undecided.old_code)
        order by undecided.edition, old_code;
        """  # noqa: S608 (constants)
    )


def check_review(con: duckdb.DuckDBPyConnection) -> None:
    """Raise BuildError unless every code that disappeared either has a successor or is to review, once."""
    rows = con.execute(
        """
        -- One row per promise: how often it is broken.
        select 'code to review twice', count(*) from (select 1 from review group by edition, old_code having count(*) > 1)
        union all
        select 'code with a successor to review', count(*) from review semi join successions using (edition, old_code)
        union all
        select 'code that disappeared without a trace', count(*)
        from disappeared
        anti join successions on successions.edition = disappeared.edition and successions.old_code = disappeared.code
        anti join review on review.edition = disappeared.edition and review.old_code = disappeared.code
        union all
        select 'unknown reason', count(*) from review where reason not in (select unnest($reasons))
        """,
        {"reasons": list(REASONS)},
    ).fetchall()
    broken = [f"  {promise}: {count}" for promise, count in rows if count]
    if broken:
        raise BuildError("the table of what is to review is not as promised:\n" + "\n".join(broken))
