-- Grain: one row per division code, name and unbroken run of editions. Contract 2, "Divisions". File: variable divisions_path.
create or replace temp view all_divisions as
select code, name, first_edition::integer as first_edition, last_edition::integer as last_edition
from read_parquet(getvariable('divisions_path'), hive_partitioning = false);
