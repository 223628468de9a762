-- Grain: one row per county code that stands in no edition and code of the oldest edition that it became. Contract 2,
-- "Addresses". File: variable former_codes_path.
create or replace temp view former_codes as
select code, new_code
from read_parquet(getvariable('former_codes_path'), hive_partitioning = false);
