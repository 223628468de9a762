-- Grain: one row per file with columns that were not read. Input: source_file.
select path, unknown_columns
from source_file
where unknown_columns is not null
order by path;
