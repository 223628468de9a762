-- Grain: one row per edition and code that `successions` knows to become something in the next edition: next_code, null
-- where its history ends there. Contract 2, "One village through time": a split ends it unless one of the new kept the
-- code. Input: successions.
create or replace temp table steps_forward as
select
    edition - 1 as edition,
    old_code as code,
    case when min(new_code) = max(new_code) then min(new_code)
         when bool_or(new_code = old_code) then old_code end as next_code
from successions
group by edition, old_code;
