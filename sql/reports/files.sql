-- Grain: one row per raw table: live contents' files, rows, quarantined rows, held files. Input: source_file.
select
    "table",
    count(*) as files,
    coalesce(sum(rows) filter (where duplicate_of is null), 0)::bigint as rows,
    coalesce(sum(quarantined) filter (where duplicate_of is null), 0)::bigint as quarantined,
    count(*) filter (where held_reason is not null) as held
from source_file
group by "table"
order by "table";
