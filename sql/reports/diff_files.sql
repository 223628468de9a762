-- Grain: one row per path that is live in one of two snapshots only (arrived, withdrawn), has another content (corrected), or
-- gave other rows although its content is the same (read otherwise: other aliases). Contract 5, source_file.
-- Inputs: earlier_source_file, later_source_file.
select
    "table",
    path,
    case when earlier.path is null then 'arrived'
         when later.path is null then 'withdrawn'
         when earlier.sha256 <> later.sha256 then 'corrected'
         else 'read otherwise' end as what,
    earlier.accepted as old_rows,
    later.accepted as new_rows,
    earlier.sha256 as old_sha256,
    later.sha256 as new_sha256
from earlier_source_file as earlier
full join later_source_file as later using ("table", path)
where (earlier.sha256, earlier.accepted, earlier.quarantined, earlier.held_reason is null)
    is distinct from (later.sha256, later.accepted, later.quarantined, later.held_reason is null)
order by "table", path;
