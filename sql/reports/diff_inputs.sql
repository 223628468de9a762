-- Grain: one row per input besides the files (rulebooks, calendar, reference tables, aliases, a setting, the program's version)
-- that differs between two snapshots: digests, or values. Contract 5, run. Inputs: earlier_run, later_run.
with told as (
    select 'old' as side, key, value ->> '$' as value from earlier_run, json_each(inputs)
    union all
    select 'new', key, value ->> '$' from later_run, json_each(inputs)
), each as (
    select side, key as input, value from told where key not in ('files', 'settings')
    union all
    select side, 'settings ' || setting.key, setting.value ->> '$'
    from told, json_each(told.value) as setting
    where told.key = 'settings'
)
select
    input,
    any_value(value) filter (where side = 'old') as old_value,
    any_value(value) filter (where side = 'new') as new_value
from each
group by input
having old_value is distinct from new_value
order by input;
