"""Finds what became of the codes that one edition of the divisions leaves behind in the next: the table `successions`.

A part of `build_divisions.py`, which reads the editions. From the top down: counties and prefectures, the townships within
them (`link_townships.py`), the villages within those (`link_villages.py`). Each level is looked for where the one above goes
on, by name, and what is linked is linked for one reason, its `method` (`METHODS`). Nothing is guessed: a name must be one of
a kind among all the names, old and new, of the place in which it is looked for, and what has two candidates gets neither.

How a name is compared: as published; else in one spelling (`spelled`: 甲村委会, 甲村民委员会 and 甲村 are one, 甲居委会
and 甲社区 another, 甲街道办事处 is 甲街道); else by its stem (`stem`: 甲, whether 甲村 or 甲社区, 甲乡 or 甲镇).
Contract, section 2 (One village through time).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
from link_townships import link_counties, link_townships
from link_villages import link_villages

# Why a row is there, by level (digits). A code that still stands, but for another place, is told by `recycled`.
METHODS: Mapping[int, tuple[str, ...]] = {
    4: ("counties",),
    6: ("history", "prefecture", "province", "recycled"),
    9: ("county", "recoded_county", "prefecture", "province", "converted", "recoded_township", "merged_township", "recycled"),
    12: ("township", "recoded_township", "recoded_county", "county", "prefecture", "respelled", "converted", "recycled"),
}
OVERRIDE = "override"

# The history tells the year by the end of which a change was in force. An edition may take it up as late as this.
_YEARS_TO_TAKE_UP_A_CHANGE = 3


def build_successions(con: duckdb.DuckDBPyConnection, county_code_history: Path) -> None:
    """Make `successions` of `standing` and the county code history."""
    _spell(con)
    _compare_editions(con)
    _read_history(con, county_code_history)
    link_counties(con)
    link_townships(con)
    link_villages(con)
    _tell_methods(con)


# --- what is compared ---------------------------------------------------------------------------------------


def _spell(con: duckdb.DuckDBPyConnection) -> None:
    """Make `spelling`: how each name is compared."""
    con.execute(
        """
        create or replace macro village_kind(name) as case
            when regexp_matches(name, '(居民委员会|居委会|社区|社区委员会)$') then '社区'
            when regexp_matches(name, '(村民委员会|村委会|村|嘎查|牧民委员会|牧委会)$') then '村'
            else '' end;
        create or replace macro village_stem(name) as case village_kind(name)
            when '社区' then regexp_replace(name, '村?社区(委员会)?$|村?(社区)?(居民委员会|居委会)$', '')
            when '村' then regexp_replace(
                name, '(嘎查|行政村|村|社区)?(村民委员会|村委会|牧民委员会|牧委会)$|嘎查村?$|(行政)?村$', '')
            else name end;
        create or replace macro township_spelled(name) as regexp_replace(name, '(街道)?(办事处|街道办)$', '街道');
        create or replace macro township_stem(name) as regexp_replace(township_spelled(name), '(街道|镇|乡|苏木)$', '');
        -- Whether two names could be one place's: one within the other, or but a character apart.
        create or replace macro is_alike(one, other) as
            contains(one, other) or contains(other, one) or levenshtein(one, other) <= 1;

        -- One row per number of digits and name. A name that is but a kind (社区居委会) is its own stem.
        create or replace table spelling as
        with stems as (
            select
                length(code) as digits,
                name,
                case length(code) when 12 then village_stem(name) when 9 then township_stem(name) else name end as stem
            from standing
            group by length(code), name
        )
        select
            digits,
            name,
            case when stem = '' then name else stem end as stem,
            case digits
                when 12 then case when stem = '' then name else stem || village_kind(name) end
                when 9 then township_spelled(name)
                else name end as spelled
        from stems;
        """
    )


def _compare_editions(con: duckdb.DuckDBPyConnection) -> None:
    """Make `before` and `after`, the two sides of each edition, and what is asked of them again and again."""
    con.execute(
        """
        -- One row per edition (but the oldest) and code of the edition before.
        create or replace table before as
        select edition + 1 as edition, code, standing.name, spelled, stem
        from standing
        join spelling on spelling.digits = length(code) and spelling.name = standing.name
        where edition < (select max(edition) from standing);

        -- One row per edition (but the oldest) and code that stands in it.
        create or replace table after as
        select edition, code, standing.name, spelled, stem
        from standing
        join spelling on spelling.digits = length(code) and spelling.name = standing.name
        where edition > (select min(edition) from standing);
        """
    )


def _read_history(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make `known_county` and `county_move` of the county code history."""
    con.execute(
        """
        -- One row per county code, period of it and code to which it, or a part of it, went.
        create or replace table history as
        select "代码" as code, "变更/弃用时间" as year, unnest(string_split(coalesce("新代码", ''), ';')) as new_code
        from read_csv($file, header = true, all_varchar = true, delim = ',')
        where "级别" = '县级'
        """,
        {"file": str(path)},
    )
    con.execute(
        rf"""
        -- One row per county code that the history knows.
        create or replace table known_county as
        select distinct code from history;

        -- One row per edition (but the oldest), county, and other county to which it, or a part of it, went by then. A part
        -- has its own year in brackets.
        create or replace table county_move as
        with move as (
            select
                code as old_code,
                left(new_code, 6) as new_code,
                coalesce(nullif(regexp_extract(new_code, '\[([0-9]+)\]', 1), ''), year)::integer as year
            from history
            where new_code <> ''
        )
        select distinct edition, old_code, new_code
        from move
        join (select distinct edition from after) on year between edition - {_YEARS_TO_TAKE_UP_A_CHANGE} and edition
        where new_code <> old_code;
        """  # noqa: S608 (a constant)
    )


# --- the table ----------------------------------------------------------------------------------------------


def _tell_methods(con: duckdb.DuckDBPyConnection) -> None:
    """Make `successions` of the links of all levels, each with its method."""
    con.execute(
        """
        -- One row per edition and township that became another code, and by which method.
        create or replace table township_succession as
        select
            match.edition,
            old_code,
            new_code,
            case
                when stands.code is not null then 'recycled'
                when rule = 'merged' then 'merged_township'
                when old.spelled <> new.spelled and old.stem = new.stem then 'converted'
                when old.spelled <> new.spelled then 'recoded_township'
                when old.county_to is distinct from new.county and prefecture_of(old_code) = new.prefecture then 'prefecture'
                when old.county_to is distinct from new.county then 'province'
                when county_of(old_code) <> new.county then 'recoded_county'
                else 'county' end as method
        from township_match as match
        join township_before as old on old.edition = match.edition and old.code = old_code
        join township_after as new on new.edition = match.edition and new.code = new_code
        left join after as stands on stands.edition = match.edition and stands.code = old_code
        where old_code <> new_code;

        -- One row per edition and code of the edition before that became another one.
        create or replace table successions as
        select edition, old_code, new_code, 'counties' as method from prefecture_link
        union all
        select
            link.edition,
            old_code,
            new_code,
            case
                when stands.code is not null then 'recycled'
                when rule = 'history' then 'history'
                when prefecture_of(old_code) = prefecture_of(new_code) then 'prefecture'
                else 'province' end
        from county_link as link
        left join after as stands on stands.edition = link.edition and stands.code = old_code
        union all
        select edition, old_code, new_code, method from township_succession
        union all
        select
            match.edition,
            match.old_code,
            match.new_code,
            case
                when stands.code is not null then 'recycled'
                when old.stem = new.stem and old.spelled <> new.spelled then 'converted'
                when old.name <> new.name then 'respelled'
                when match.rule = 'prefecture' then 'prefecture'
                when match.rule = 'county' and county_of(match.old_code) <> new.county then 'recoded_county'
                when match.rule = 'county' then 'county'
                when township.method = 'recoded_county' then 'recoded_county'
                when township.method is not null then 'recoded_township'
                else 'township' end
        from village_match as match
        join village_before as old on old.edition = match.edition and old.code = match.old_code
        join village_after as new on new.edition = match.edition and new.code = match.new_code
        left join after as stands on stands.edition = match.edition and stands.code = match.old_code
        left join township_succession as township
          on township.edition = match.edition
         and township.old_code = old.township
         and township.new_code = new.township
        where match.old_code <> match.new_code
        order by edition, old_code, new_code
        """
    )
