-- Grain: one row per live file: rows, and rows in quarantine. Input: source_file.
select path, rows, quarantined
from source_file
order by path;
