-- Grain: one row per snapshot of a comparison, the earlier one first: its run, when that began (UTC), and the last day of which
-- records were used (null = all were). Contract 5, run. Inputs: earlier_run, later_run.
select run_id as snapshot, started_at as made_at, nullif(inputs ->> 'as_of', '')::date as as_of, 1 as place
from earlier_run
union all
select run_id, started_at, nullif(inputs ->> 'as_of', '')::date, 2
from later_run
order by place;
