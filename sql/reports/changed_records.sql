-- Grain: one row per changed file and wanted shop or village of which it holds a record: of a corrected file, one that only the
-- old or only the new content holds. Records that a census as of a day does not use are left out. Contract 1, raw inputs.
-- Inputs: changed_rows (filename, id, told_at, the columns of the raw table $table), changed_segments (filename, path, what,
-- side, is_pair: the path had another content before), last_moments, wanted_ids.
insert into changed_records
with wanted as (
    select path, what, side, is_pair, columns(* exclude (path, what, side, is_pair, filename, told_at, used_until))
    from changed_rows
    join changed_segments using (filename)
    join last_moments using (side)
    where (told_at < used_until or told_at is null or used_until is null) and id in (select id from wanted_ids where "table" = $table)
), compared as (
    select columns(* exclude (side, is_pair)), min(side) = max(side) as is_other
    from wanted
    where is_pair
    group by all
)
select distinct path, what, $table, id from wanted where not is_pair
union
select distinct path, what, $table, id from compared where is_other;
