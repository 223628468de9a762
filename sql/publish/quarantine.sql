-- Grain: one row per quarantined row of a live content, under the smallest path of the content. Contract 5, quarantine.
-- Inputs: live_files, variable quarantine_files (Parquet files of segments).
create or replace temp view quarantine as
select "table", path, sha256, line, raw, reasons
from read_parquet(getvariable('quarantine_files'), filename = true, hive_partitioning = false) as segment_rows
join (select "table", min(path) as path, sha256, quarantine_file from live_files group by all) as contents
    on segment_rows.filename = contents.quarantine_file;
