-- Grain: one row per used code of an edition (origin, start) and later edition that it can be followed to: its code there.
-- Contract 2, "One village through time". Inputs: used (code, edition), editions, divisions, steps_forward.
create or replace temp table followed as
with recursive walk as (
    select code as origin, edition as start, edition, code
    from used
    union all
    select origin, start, walk.edition + 1 as edition,
           case when forward.code is not null then forward.next_code else standing.code end as code
    from walk
    left join steps_forward as forward on forward.code = walk.code and forward.edition = walk.edition
    left join divisions as standing
        on standing.code = walk.code and walk.edition + 1 between standing.first_edition and standing.last_edition
    where walk.code is not null and walk.edition < (select max(edition) from editions)
)
select origin, start, edition, code
from walk
where code is not null;
