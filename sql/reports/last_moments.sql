-- Grain: one row per side of a comparison: the moment from which on records are not used, null = all are. Contract 5, run.
-- Inputs: earlier_run, later_run.
create or replace temp table last_moments as
select 'old' as side, nullif(inputs ->> 'as_of', '')::date + 1 as used_until
from earlier_run
union all
select 'new', nullif(inputs ->> 'as_of', '')::date + 1
from later_run;
