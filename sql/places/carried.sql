-- Grain: one row per code of an edition and target edition that it can be carried to: its counterpart there.
-- Contract 2: followed from edition to edition through successions, or by standing in both.
-- Inputs: starts (code, edition, target), divisions, successions, steps_forward, steps_backward.
create or replace temp table carried as
with recursive walk as (
    select code as origin, edition as start, target, edition, code
    from starts
    union all
    select
        origin,
        start,
        target,
        case when walk.edition < target then walk.edition + 1 else walk.edition - 1 end as edition,
        case when walk.edition < target
             then case when forward.code is not null then forward.next_code else standing.code end
             else case when backward.code is not null then backward.previous_code
                       when replaced.old_code is null then standing.code end
             end as code
    from walk
    left join steps_forward as forward on forward.code = walk.code and forward.edition = walk.edition
    left join steps_backward as backward on backward.code = walk.code and backward.edition = walk.edition
    left join (select distinct edition, old_code from successions) as replaced
        on replaced.old_code = walk.code and replaced.edition = walk.edition
    left join divisions as standing
        on standing.code = walk.code
        and case when walk.edition < target then walk.edition + 1 else walk.edition - 1 end
            between standing.first_edition and standing.last_edition
    where walk.edition <> target and walk.code is not null
)
select origin as code, start as edition, target, code as counterpart
from walk
where edition = target and code is not null;
