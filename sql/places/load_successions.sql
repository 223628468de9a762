-- Grain: one row per edition, code of the edition before and code that it became. Contract 2, "Divisions". File: variable successions_path.
create or replace temp table successions as
select distinct edition::integer as edition, old_code, new_code
from read_parquet(getvariable('successions_path'), hive_partitioning = false);
