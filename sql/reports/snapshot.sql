-- Grain: one row, the snapshot: its run, what it took in, its years, and the newest year's counts under a rulebook.
-- `revisions` are rows of the table revision, which snapshots of earlier versions do not have (null). Contract 5, run, headline.
-- Inputs: snapshot_run, snapshot_headline, snapshot_revision, parameters $rulebook, $has_revision.
with figures as (
    select * from snapshot_headline where rulebook = $rulebook
)
select
    run_id as snapshot,
    date_trunc('second', started_at) as made_at,
    command,
    nullif(inputs ->> 'as_of', '') as as_of,
    (inputs ->> 'files')::bigint as files,
    json_array_length(changes, '$.arrived')::bigint as arrived,
    json_array_length(changes, '$.corrected')::bigint as corrected,
    json_array_length(changes, '$.withdrawn')::bigint as withdrawn,
    case when $has_revision then (select count(*) from snapshot_revision) end as revisions,
    (select nullif(concat_ws('-', min(year), nullif(max(year), min(year))), '') from figures) as years,
    (select string_agg(distinct year, ' ' order by year) from figures where is_provisional) as provisional_years,
    (select arg_max(value, year) from figures where metric = 'taobao_villages')::bigint as taobao_villages,
    (select arg_max(value, year) from figures where metric = 'taobao_towns')::bigint as taobao_towns
from snapshot_run;
