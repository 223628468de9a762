"""Links villages from edition to edition.

A part of `build_successions.py`. First in the township as it goes on, then elsewhere in the county and the prefecture.
"""

from __future__ import annotations

import duckdb


def link_villages(con: duckdb.DuckDBPyConnection) -> None:
    """Make `village_match`: one row per edition and village of the edition before that goes on, and as what."""
    _link_villages_of_townships(con)
    _keep_villages_in_place(con)
    _link_converted_villages(con)
    _link_stray_villages(con)


def _link_villages_of_townships(con: duckdb.DuckDBPyConnection) -> None:
    """Begin `village_match`: villages of the same name in the township as it goes on, else of the same spelled name.

    A code that stands, but whose name is now found at another code, has been recycled, or else two villages have been
    renamed at once. It counts as recycled, unless its new name is new in the township and like the old one (赵庄 is now
    赵庄, formerly nowhere, and 东赵庄, formerly 赵庄), or the code where the old name is bore one like it before.
    """
    con.execute(
        """
        -- One row per edition and village of the edition before: where the divisions above it go on, if they do.
        create or replace table village_before as
        select
            old.edition,
            old.code,
            old.name,
            old.spelled,
            old.stem,
            township.code as township,
            township_match.new_code as township_to,
            township.county_to,
            township.prefecture_to
        from before as old
        join township_before as township on township.edition = old.edition and township.code = township_of(old.code)
        left join township_match on township_match.edition = old.edition and township_match.old_code = township.code
        where is_village(old.code);

        -- One row per edition and village that stands in it.
        create or replace table village_after as
        select
            edition,
            code,
            name,
            spelled,
            stem,
            township_of(code) as township,
            county_of(code) as county,
            prefecture_of(code) as prefecture
        from after
        where is_village(code);

        create or replace table village_match (edition integer, old_code varchar, new_code varchar, rule varchar);
        -- One row per edition and village that no rule has matched yet, on either side.
        create or replace view open_village_before as
        select * from village_before
        anti join village_match as taken on taken.edition = village_before.edition and taken.old_code = code;
        create or replace view open_village_after as
        select * from village_after
        anti join village_match as taken on taken.edition = village_after.edition and taken.new_code = code;

        insert into village_match
        select old.edition, old.code, old.code, 'name'
        from village_before as old
        semi join village_after as new
          on new.edition = old.edition and new.code = old.code and new.name = old.name and new.township = old.township_to;

        insert into village_match
        select old.edition, old.code, new.code, 'name'
        from open_village_before as old
        join open_village_after as new
          on new.edition = old.edition and new.township = old.township_to and new.name = old.name
        qualify count(*) over (partition by old.edition, old.code) = 1 and count(*) over (partition by old.edition, new.code) = 1;

        insert into village_match
        with asked as (
            select distinct edition, township_to as township, spelled from open_village_before where township_to is not null
        ),
        old as (
            select village.edition, township_to as township, village.spelled, any_value(code) as old_code
            from village_before as village
            semi join asked
              on asked.edition = village.edition and asked.township = township_to and asked.spelled = village.spelled
            group by village.edition, township_to, village.spelled
            having count(*) = 1
        ),
        new as (
            select edition, township, spelled, any_value(code) as new_code
            from village_after semi join asked using (edition, township, spelled)
            group by edition, township, spelled
            having count(*) = 1
        )
        select edition, old_code, new_code, 'spelling'
        from old
        join new using (edition, township, spelled)
        semi join open_village_before as was on was.edition = old.edition and was.code = old_code
        semi join open_village_after as becomes on becomes.edition = old.edition and becomes.code = new_code;

        -- One row per edition and village whose code may have been recycled, or not: see above.
        create or replace table doubtful_recycling as
        select match.edition, match.old_code, match.new_code
        from village_match as match
        join village_before as old on old.edition = match.edition and old.code = match.old_code
        join village_after as here on here.edition = match.edition and here.code = match.old_code
        left join village_match as origin on origin.edition = match.edition and origin.new_code = match.old_code
        left join village_before as there on there.edition = match.edition and there.code = match.new_code
        left join village_match as onward on onward.edition = match.edition and onward.old_code = match.new_code
        where match.old_code <> match.new_code
          and (
              (origin.old_code is null and is_alike(here.stem, old.stem))
              or (there.code is not null and onward.new_code is null and is_alike(there.stem, old.stem))
          );
        delete from village_match
        where (edition, old_code) in (select (edition, old_code) from doubtful_recycling);
        """
    )


def _keep_villages_in_place(con: duckdb.DuckDBPyConnection) -> None:
    """Go on with `village_match`: a code that stands in its township stands for the village that it stood for."""
    con.execute(
        """
        insert into village_match
        select old.edition, old.code, old.code, 'place'
        from open_village_before as old
        join open_village_after as new on new.edition = old.edition and new.code = old.code
        where old.township_to = new.township
        """
    )


def _link_converted_villages(con: duckdb.DuckDBPyConnection) -> None:
    """Go on with `village_match`: 甲村 that became 甲社区, or the reverse, in the township as it goes on.

    The stem must be that of no other village of the township, before or after, whatever its kind.
    """
    con.execute(
        """
        insert into village_match
        with asked as (
            select distinct edition, township_to as township, stem from open_village_before where township_to is not null
        ),
        old as (
            select village.edition, township_to as township, village.stem, any_value(code) as old_code
            from village_before as village
            semi join asked on asked.edition = village.edition and asked.township = township_to and asked.stem = village.stem
            group by village.edition, township_to, village.stem
            having count(*) = 1
        ),
        new as (
            select edition, township, stem, any_value(code) as new_code
            from village_after semi join asked using (edition, township, stem)
            group by edition, township, stem
            having count(*) = 1
        )
        select edition, old_code, new_code, 'kind'
        from old
        join new using (edition, township, stem)
        semi join open_village_before as was on was.edition = old.edition and was.code = old_code
        semi join open_village_after as becomes on becomes.edition = old.edition and becomes.code = new_code
        """
    )


def _link_stray_villages(con: duckdb.DuckDBPyConnection) -> None:
    """End `village_match`: villages that moved to another township of the county, or of the prefecture.

    A name that is one of a kind in the whole county (prefecture), before and after, still may be a coincidence: a village
    went, and another of the name came. So the move must have company: others, that went from the same township to the
    same other one (a *flow*).

    - In a flow of three, such a name counts also if it is the same but for its kind, and any other name if it has the
      same spelling; what has a second candidate in such a flow gets neither.
    - In a flow of two, it counts within the county if the old township is gone or the other new, or else if no more than
      one village of the county seems to have moved alone, between townships that both go on: such are coincidences, and
      where there are more of them, two may meet. To another county only if the county code history tells of the move.
    - Alone, it counts within the county, if the full name is the same and the other township is new, or the old one is
      gone and nothing else of it is found elsewhere.
    - A code that stands, renamed to something unlike, takes part: it may have been recycled.
    """
    con.execute(
        """
        -- One row per edition and village of the edition before that was not found where its township goes on.
        create or replace table stray_before as
        select edition, code, name, spelled, stem, township, township_to, county_to, prefecture_to
        from open_village_before
        union all
        select
            old.edition,
            old.code,
            old.name,
            old.spelled,
            old.stem,
            old.township,
            old.township_to,
            old.county_to,
            old.prefecture_to
        from village_before as old
        join village_match as match on match.edition = old.edition and match.old_code = old.code and match.rule = 'place'
        join village_after as here on here.edition = old.edition and here.code = old.code
        where not is_alike(here.stem, old.stem);

        -- One row per edition, county (prefecture) and stem that one village alone bore before, as it goes on, and one now.
        create or replace table telling_stem as
        with asked as (
            select distinct edition, prefecture_to as prefecture, stem from stray_before where prefecture_to is not null
        ),
        old as (
            select village.edition, unnest([county_to, prefecture_to]) as place, village.stem
            from village_before as village
            semi join asked
              on asked.edition = village.edition and asked.prefecture = prefecture_to and asked.stem = village.stem
        ),
        new as (
            select edition, unnest([county, prefecture]) as place, stem
            from village_after semi join asked using (edition, prefecture, stem)
        )
        select edition, place, stem
        from (select edition, place, stem from old group by edition, place, stem having count(*) = 1)
        join (select edition, place, stem from new group by edition, place, stem having count(*) = 1)
          using (edition, place, stem);

        -- One row per edition and pair of a stray village and a new one of the prefecture with its stem.
        create or replace table stray_candidate as
        select
            old.edition,
            old.code as old_code,
            new.code as new_code,
            old.township as old_township,
            new.township as new_township,
            old.name = new.name as is_same_name,
            old.spelled = new.spelled as is_same_spelling,
            coalesce(old.county_to = new.county, false) as is_in_county,
            telling_stem.stem is not null as is_telling
        from stray_before as old
        join open_village_after as new
          on new.edition = old.edition and new.prefecture = old.prefecture_to and new.stem = old.stem
        left join telling_stem
          on telling_stem.edition = old.edition
         and telling_stem.stem = old.stem
         and telling_stem.place = case when old.county_to = new.county then new.county else new.prefecture end;

        -- One row per edition and pair of townships between which villages of telling names moved: how many; whether it
        -- had to be somehow, as the one is gone or the other new; and whether the county code history tells of the move.
        create or replace table flow as
        select
            candidate.edition,
            old_township,
            new_township,
            count(*) as villages,
            count(*) over (partition by candidate.edition, old_township) as flows,
            any_value(gone.code) is not null and any_value(goes_on.new_code) is null as is_from_gone,
            any_value(new_township.code) is not null as is_to_new,
            bool_or((candidate.edition, county_of(old_township), county_of(candidate.new_township)) in (
                select (edition, old_code, new_code) from county_move
            )) as is_told
        from stray_candidate as candidate
        left join disappeared as gone on gone.edition = candidate.edition and gone.code = old_township
        left join township_match as goes_on on goes_on.edition = candidate.edition and goes_on.old_code = old_township
        left join new_township on new_township.edition = candidate.edition and new_township.code = candidate.new_township
        where is_telling
        group by candidate.edition, old_township, candidate.new_township;

        -- One row per edition and county: how many villages alone seem to have moved between townships that both go on.
        create or replace table lone_move as
        select edition, county_of(new_township) as county, count(*) as moves
        from flow
        where villages = 1 and not is_from_gone and not is_to_new
        group by edition, county_of(new_township);

        create or replace table stray_match as
        select candidate.edition, candidate.old_code, candidate.new_code, is_in_county
        from stray_candidate as candidate
        join flow using (edition, old_township, new_township)
        left join lone_move on lone_move.edition = candidate.edition and lone_move.county = county_of(candidate.new_code)
        where case
            when villages >= 3 then is_telling or is_same_spelling
            when not is_telling or not is_same_spelling then false
            when villages = 2 and is_in_county then is_from_gone or is_to_new or coalesce(moves, 0) <= 1
            when villages = 2 then is_told
            else is_same_name and is_in_county and ((is_from_gone and flows = 1) or is_to_new) end
        qualify count(*) over (partition by candidate.edition, candidate.old_code) = 1
           and count(*) over (partition by candidate.edition, candidate.new_code) = 1;

        delete from village_match
        where rule = 'place' and (edition, old_code) in (select (edition, old_code) from stray_match);
        insert into village_match
        select edition, old_code, new_code, case when is_in_county then 'county' else 'prefecture' end
        from stray_match;
        """
    )
