"""Links counties, prefectures and townships from edition to edition.

A part of `build_successions.py`. What goes on is told by names: of the division itself, and of the villages in it, which
bear it out or speak against it; of counties, also by the county code history.
"""

from __future__ import annotations

import duckdb

# --- prefectures and counties -------------------------------------------------------------------------------


def link_counties(con: duckdb.DuckDBPyConnection) -> None:
    """Make `county_link` and `county_goes_on`.

    A county code that disappears became the one code that the county code history names for it, if that county holds
    more of its villages' names than any other of the province does; or, where the history knows nothing (the Bureau's
    own counties: development zones), the one county of the same name in the province that did not bear the name before,
    if it holds four in five of its villages' names. By the latter rule also a code that stands on, for another county.
    """
    con.execute(
        """
        -- One row per edition, county that disappears or is renamed, and county of the province that holds villages of the
        -- same names: how many, and what share of its own.
        create or replace table county_in_common as
        with changed as (
            select before.edition, before.code
            from before left join after on after.edition = before.edition and after.code = before.code
            where is_county(before.code) and after.name is distinct from before.name
        ),
        old as (
            select distinct before.edition, county_of(before.code) as county, spelled
            from before
            semi join changed on changed.edition = before.edition and changed.code = county_of(before.code)
            where is_village(before.code)
        ),
        new as (
            select distinct edition, county_of(code) as county, spelled
            from after
            where is_village(code) and (edition, spelled) in (select (edition, spelled) from old)
        ),
        size as (
            select edition, county, count(*) as names from old group by edition, county
        )
        select
            old.edition,
            old.county as old_code,
            new.county as new_code,
            count(*) as names,
            count(*) / any_value(size.names) as share,
            rank() over (partition by old.edition, old.county order by count(*) desc) as place
        from old
        join new using (edition, spelled)
        join size on size.edition = old.edition and size.county = old.county
        where province_of(new.county) = province_of(old.county)
        group by old.edition, old.county, new.county;

        -- One row per edition, disappearing county and code that the history names for it.
        create or replace table county_told as
        select county_move.edition, county_move.old_code, county_move.new_code
        from county_move
        semi join disappeared on disappeared.edition = county_move.edition and disappeared.code = county_move.old_code;

        -- One row per edition and county of the edition before that became another code.
        create or replace table county_link as
        with by_history as (
            select edition, old_code, any_value(new_code) as new_code
            from county_told
            group by edition, old_code
            having count(*) = 1
        ),
        bearer as (
            -- One row per edition, county and code that bears its name and did not before.
            select old.edition, old.code as old_code, new.code as new_code
            from before as old
            join after as new
              on new.edition = old.edition and new.name = old.name and province_of(new.code) = province_of(old.code)
            anti join before as same
              on same.edition = new.edition and same.code = new.code and same.name = new.name
            anti join after as kept on kept.edition = old.edition and kept.code = old.code and kept.name = old.name
            anti join county_told on county_told.edition = old.edition and county_told.old_code = old.code
            where is_county(old.code) and is_county(new.code)
        ),
        by_name as (
            select edition, old_code, new_code
            from bearer
            qualify count(*) over (partition by edition, old_code) = 1 and count(*) over (partition by edition, new_code) = 1
        )
        select edition, old_code, new_code, 'history' as rule
        from by_history
        join county_in_common using (edition, old_code, new_code)
        where place = 1
        union all
        select edition, old_code, new_code, 'name' as rule
        from by_name
        join county_in_common using (edition, old_code, new_code)
        where share >= 0.8;

        -- One row per edition and county of the edition before that goes on: under another code, or its own.
        create or replace table county_goes_on as
        select edition, old_code, new_code from county_link
        union all
        select old.edition, old.code, old.code
        from before as old
        semi join after on after.edition = old.edition and after.code = old.code
        anti join county_link on county_link.edition = old.edition and county_link.old_code = old.code
        where is_county(old.code);
        """
    )
    _link_prefectures(con)


def _link_prefectures(con: duckdb.DuckDBPyConnection) -> None:
    """Make `prefecture_link` and `prefecture_goes_on`: a prefecture that disappears became the one of all its counties."""
    con.execute(
        """
        -- One row per edition and disappearing prefecture, all of whose counties go on in one other prefecture.
        create or replace table prefecture_link as
        select old.edition, old.code as old_code, any_value(prefecture_of(county_goes_on.new_code)) as new_code
        from disappeared as old
        join before as county on county.edition = old.edition and is_county(county.code) and prefecture_of(county.code) = old.code
        left join county_goes_on on county_goes_on.edition = county.edition and county_goes_on.old_code = county.code
        where is_prefecture(old.code)
        group by old.edition, old.code
        having count(county_goes_on.new_code) = count(*) and count(distinct prefecture_of(county_goes_on.new_code)) = 1;

        -- One row per edition and prefecture of the edition before that goes on: under another code, or its own.
        create or replace table prefecture_goes_on as
        select edition, old_code, new_code from prefecture_link
        union all
        select old.edition, old.code, old.code
        from before as old
        semi join after on after.edition = old.edition and after.code = old.code
        where is_prefecture(old.code);
        """
    )


# --- townships ----------------------------------------------------------------------------------------------


def _compare_townships(con: duckdb.DuckDBPyConnection) -> None:
    """Make the two sides of each edition's townships, and what the names of their villages have in common."""
    con.execute(
        """
        -- One row per edition and township of the edition before: where its county and its prefecture go on, if they do.
        create or replace table township_before as
        select
            old.edition,
            old.code,
            old.name,
            old.spelled,
            old.stem,
            county.new_code as county_to,
            coalesce(prefecture_of(county.new_code), prefecture.new_code) as prefecture_to
        from before as old
        left join county_goes_on as county on county.edition = old.edition and county.old_code = county_of(old.code)
        left join prefecture_goes_on as prefecture
          on prefecture.edition = old.edition and prefecture.old_code = prefecture_of(old.code)
        where is_township(old.code);

        -- One row per edition and township that stands in it.
        create or replace table township_after as
        select edition, code, name, spelled, stem, county_of(code) as county, prefecture_of(code) as prefecture
        from after
        where is_township(code);

        -- One row per edition and township of the edition before that has a namesake in the county as it goes on, each
        -- the only one of the name: the namesake.
        create or replace table township_namesake as
        with old as (
            select edition, county_to, spelled, any_value(code) as old_code
            from township_before
            where county_to is not null
            group by edition, county_to, spelled
            having count(*) = 1
        ),
        new as (
            select edition, county, spelled, any_value(code) as new_code
            from township_after
            group by edition, county, spelled
            having count(*) = 1
        )
        select old.edition, old_code, new_code
        from old join new on new.edition = old.edition and new.county = old.county_to and new.spelled = old.spelled;

        -- One row per edition and township that is not simply its own namesake, on either side.
        create or replace table township_in_question_before as
        select edition, code, prefecture_to
        from township_before
        anti join township_namesake as same
          on same.edition = township_before.edition and same.old_code = code and same.new_code = code;
        create or replace table township_in_question_after as
        select edition, code
        from township_after
        anti join township_namesake as same
          on same.edition = township_after.edition and same.old_code = code and same.new_code = code;

        -- One row per edition, prefecture as it goes on, township of the edition before and spelled name of a village there.
        create or replace table village_of_township_before as
        select distinct old.edition, township.prefecture_to as prefecture, township.code as township, old.spelled
        from before as old
        join township_before as township on township.edition = old.edition and township.code = township_of(old.code)
        where is_village(old.code);

        -- One row per edition, prefecture, township and spelled name of a village there.
        create or replace table village_of_township_after as
        select distinct edition, prefecture_of(code) as prefecture, township_of(code) as township, spelled
        from after
        where is_village(code);

        -- One row per edition, prefecture and spelled name of a township in question that villages of no other township
        -- bore before, and of one now.
        create or replace table telling_village as
        with asked as (
            select distinct edition, prefecture, spelled
            from village_of_township_before as village
            where (edition, township) in (select (edition, code) from township_in_question_before)
        ),
        old as (
            select edition, prefecture, spelled
            from village_of_township_before semi join asked using (edition, prefecture, spelled)
            group by edition, prefecture, spelled
            having count(*) = 1
        ),
        new as (
            select edition, prefecture, spelled
            from village_of_township_after semi join asked using (edition, prefecture, spelled)
            group by edition, prefecture, spelled
            having count(*) = 1
        )
        select edition, prefecture, spelled from old join new using (edition, prefecture, spelled);

        -- One row per edition and township on either side: how many names its villages have.
        create or replace table township_size_before as
        select edition, township as code, count(*) as names from village_of_township_before group by edition, township;
        create or replace table township_size_after as
        select edition, township as code, count(*) as names from village_of_township_after group by edition, township;

        -- One row per edition and pair of townships of a prefecture, one of them in question, whose villages have names in
        -- common: how many, and how many of them no other township's villages have.
        create or replace table township_in_common as
        select
            old.edition,
            old.township as old_code,
            new.township as new_code,
            count(*) as names,
            count(telling_village.spelled) as telling
        from village_of_township_before as old
        join village_of_township_after as new using (edition, prefecture, spelled)
        left join township_in_question_before as asked on asked.edition = old.edition and asked.code = old.township
        left join township_in_question_after as asking on asking.edition = old.edition and asking.code = new.township
        left join telling_village using (edition, prefecture, spelled)
        where asked.code is not null or asking.code is not null
        group by old.edition, old.township, new.township;

        -- One row per edition and township in question of the edition before: how many of its villages' names are found
        -- in the prefecture, and how many of them are telling.
        create or replace table township_found as
        select old.edition, old.township as code, count(*) as names, count(telling_village.spelled) as telling
        from village_of_township_before as old
        semi join village_of_township_after as new
          on new.edition = old.edition and new.prefecture = old.prefecture and new.spelled = old.spelled
        semi join township_in_question_before as asked on asked.edition = old.edition and asked.code = old.township
        left join telling_village using (edition, prefecture, spelled)
        group by old.edition, old.township;
        """
    )


def link_townships(con: duckdb.DuckDBPyConnection) -> None:
    """Make `township_match`: one row per edition and township of the edition before that goes on, and as what.

    In this order, each rule asking only what the ones before left open:

    - *name*: the namesake in the county as it goes on, unless most of its villages' names are now found elsewhere;
    - *villages*: the one township with at least three and four in five of its villages' names, on both sides, whatever
      its own name; in another county, three of the names must be telling;
    - *name elsewhere*: the namesake in another county of the province, with at least three and half of the names;
    - *kind*: the namesake in the county but for its kind (乡, 镇, 街道), with four in five of the names that are found;
    - *merged*: for one that disappears, the township where all the telling names are, at least three, and half of all;
    - *place*: a code that stands stands for the same township as before, if no rule has spoken against it.
    """
    _compare_townships(con)
    con.execute(
        """
        create or replace table township_match (edition integer, old_code varchar, new_code varchar, rule varchar);
        -- One row per edition and township that no rule has matched yet, on either side. A merger takes nothing up.
        create or replace view open_township_before as
        select * from township_before
        anti join township_match as taken on taken.edition = township_before.edition and taken.old_code = code;
        create or replace view open_township_after as
        select * from township_after
        anti join township_match as taken
          on taken.edition = township_after.edition and taken.new_code = code and taken.rule <> 'merged';

        insert into township_match
        select namesake.edition, namesake.old_code, namesake.new_code, 'name'
        from township_namesake as namesake
        left join township_in_common as common using (edition, old_code, new_code)
        left join township_found as found on found.edition = namesake.edition and found.code = namesake.old_code
        where namesake.old_code = namesake.new_code or 2 * coalesce(common.names, 0) >= coalesce(found.names, 0);

        insert into township_match
        with alike as (
            -- One row per edition and pair of townships that hold nearly the same villages, whether matched or not.
            select
                common.*,
                count(*) over (partition by common.edition, old_code) as new_ones,
                count(*) over (partition by common.edition, new_code) as old_ones
            from township_in_common as common
            join township_size_before as old on old.edition = common.edition and old.code = old_code
            join township_size_after as new on new.edition = common.edition and new.code = new_code
            where common.names >= 3 and 5 * common.names >= 4 * old.names and 5 * common.names >= 4 * new.names
        )
        select alike.edition, old_code, new_code, 'villages'
        from alike
        join open_township_before as old on old.edition = alike.edition and old.code = old_code
        join open_township_after as new on new.edition = alike.edition and new.code = new_code
        where new_ones = 1 and old_ones = 1 and (alike.telling >= 3 or coalesce(old.county_to = new.county, false));

        insert into township_match
        with pair as (
            -- One row per edition and name that one open township of the province bore before, and one bears now.
            select old.edition, any_value(old.code) as old_code, any_value(new.code) as new_code
            from open_township_before as old
            join open_township_after as new
              on new.edition = old.edition and new.spelled = old.spelled and province_of(new.code) = province_of(old.code)
            group by old.edition, province_of(old.code), old.spelled
            having count(*) = 1
        ),
        common as (
            select pair.edition, pair.old_code, pair.new_code, count(*) as names
            from pair
            join village_of_township_before as old on old.edition = pair.edition and old.township = old_code
            join village_of_township_after as new
              on new.edition = pair.edition and new.township = new_code and new.spelled = old.spelled
            group by pair.edition, pair.old_code, pair.new_code
        )
        select common.edition, old_code, new_code, 'name elsewhere'
        from common
        join township_size_before as old on old.edition = common.edition and old.code = old_code
        join township_size_after as new on new.edition = common.edition and new.code = new_code
        where common.names >= 3 and 2 * common.names >= old.names and 2 * common.names >= new.names;

        insert into township_match
        with old as (
            select edition, county_to, stem, any_value(code) as old_code
            from township_before
            where county_to is not null
            group by edition, county_to, stem
            having count(*) = 1
        ),
        new as (
            select edition, county, stem, any_value(code) as new_code
            from township_after
            group by edition, county, stem
            having count(*) = 1
        )
        select old.edition, old.old_code, new.new_code, 'kind'
        from old
        join new on new.edition = old.edition and new.county = old.county_to and new.stem = old.stem
        join open_township_before as was on was.edition = old.edition and was.code = old_code
        join open_township_after as becomes on becomes.edition = old.edition and becomes.code = new_code
        join township_in_common as common
          on common.edition = old.edition and common.old_code = old.old_code and common.new_code = new.new_code
        join township_found as found on found.edition = old.edition and found.code = old.old_code
        where old.old_code <> new.new_code and was.spelled <> becomes.spelled and 5 * common.names >= 4 * found.names;

        insert into township_match
        select old.edition, old.code, common.new_code, 'merged'
        from open_township_before as old
        semi join disappeared on disappeared.edition = old.edition and disappeared.code = old.code
        join township_in_common as common on common.edition = old.edition and common.old_code = old.code
        join township_found as found on found.edition = old.edition and found.code = old.code
        join township_size_before as size on size.edition = old.edition and size.code = old.code
        where common.telling >= 3 and common.telling = found.telling and 2 * common.names >= size.names;

        insert into township_match
        select old.edition, old.code, old.code, 'place'
        from open_township_before as old
        join open_township_after as new on new.edition = old.edition and new.code = old.code
        where old.county_to = new.county;

        -- One row per edition and township that took no other's place: it is new as a whole.
        create or replace table new_township as
        select edition, code from open_township_after;
        """
    )
