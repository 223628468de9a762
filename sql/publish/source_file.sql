-- Grain: one row per live path. Contract 5, source_file; contract 1: duplicate_of names the smallest path of the same
-- content where that is another. Input: live_files (one row per live path, with what its content gave).
create or replace temp view source_file as
select
    "table",
    path,
    sha256,
    bytes,
    rows,
    accepted,
    quarantined,
    held_reason,
    encoding,
    unknown_columns,
    nullif(min(path) over (partition by "table", format, sha256), path) as duplicate_of
from live_files;
