-- Grain: one row per statistical year and place that lost its status: the code that it has in the year's edition, or, where
-- it is no more, its last code and the edition of that. Contract 5. Inputs: starts, divisions, steps_forward.
create or replace temp table lost_places as
with recursive walk as (
    select code as origin, year, target, edition, code
    from starts
    union all
    select origin, year, target, walk.edition + 1 as edition,
           case when forward.code is not null then forward.next_code else standing.code end as code
    from walk
    left join steps_forward as forward on forward.code = walk.code and forward.edition = walk.edition
    left join divisions as standing
        on standing.code = walk.code and walk.edition + 1 between standing.first_edition and standing.last_edition
    where walk.code is not null and walk.edition < target
)
select year, code, max(edition) as edition
from (
    select origin, year, arg_max(code, edition) as code, max(edition) as edition
    from walk
    where code is not null
    group by origin, year
)
group by year, code;
