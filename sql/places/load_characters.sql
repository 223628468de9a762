-- Grain: one row per traditional character that has a simplified form. Contract 2, "Addresses". File: variable characters_path.
create or replace temp table characters as
select traditional, simplified
from read_csv(getvariable('characters_path'), auto_detect = false, delim = ',', header = true, columns = {'traditional': 'varchar', 'simplified': 'varchar'});
