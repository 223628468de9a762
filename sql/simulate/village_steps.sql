-- Grain: one row per edition and village code that becomes exactly one code of the next edition, which no other becomes.
-- Contract 2, "One village through time". Inputs: all_divisions, successions; from edition $first to $last.
create or replace temp table village_steps as
with known as (
    select edition - 1 as edition, old_code as code, min(new_code) as next_code, count(*) as ways
    from successions
    where length(old_code) = 12
    group by all
), standing as (
    select code, first_edition, last_edition from all_divisions where length(code) = 12
), each as (
    select e.edition, code, ways is null as keeps_code, ways, coalesce(next_code, code) as next_code
    from standing
    join (select unnest(range($first, $last))::integer as edition) as e on e.edition between first_edition and last_edition
    left join known using (edition, code)
), going_on as (
    select each.*
    from each
    join standing as later
        on later.code = each.next_code and each.edition + 1 between later.first_edition and later.last_edition
    where each.keeps_code or each.ways = 1
)
select edition, code, next_code
from going_on
qualify count(*) over (partition by edition, next_code) = 1;
