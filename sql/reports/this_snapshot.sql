-- Grain: one row, the snapshot: its run, when that began (UTC), and the last day of which records were used (null = all were).
-- Contract 5, run. Input: run.
select run_id as snapshot, started_at as made_at, nullif(inputs ->> 'as_of', '')::date as as_of
from run;
