-- Grain: one row per division code and name that it also goes by. Contract 2, "Addresses". File: variable other_names_path.
create or replace temp view other_names as
select code, name
from read_parquet(getvariable('other_names_path'), hive_partitioning = false);
