-- Grain: one row per raw table: its files, those that are held, its rows, those in quarantine. Contract 1, "Nothing is lost".
select
    "table",
    count(*) as files,
    count(*) filter (where held_reason is not null) as held,
    coalesce(sum(rows) filter (where duplicate_of is null), 0)::bigint as rows,
    coalesce(sum(quarantined) filter (where duplicate_of is null), 0)::bigint as quarantined
from source_file
group by "table"
order by "table";
