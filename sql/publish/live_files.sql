-- Grain: one row per live path, with what its content gave. Contract 1, "Files": what source_file and quarantine tell.
-- Input: variable live_files (a struct of lists, one element a file).
create or replace temp table live_files as
select
    unnest(files."table"::varchar[]) as "table",
    unnest(files.path::varchar[]) as path,
    unnest(files.format::varchar[]) as format,
    unnest(files.sha256::varchar[]) as sha256,
    unnest(files.bytes::bigint[]) as bytes,
    unnest(files.rows::bigint[]) as rows,
    unnest(files.accepted::bigint[]) as accepted,
    unnest(files.quarantined::bigint[]) as quarantined,
    unnest(files.held_reason::varchar[]) as held_reason,
    unnest(files.encoding::varchar[]) as encoding,
    unnest(files.unknown_columns::varchar[]) as unknown_columns,
    unnest(files.quarantine_file::varchar[]) as quarantine_file
from (select getvariable('live_files') as files);
