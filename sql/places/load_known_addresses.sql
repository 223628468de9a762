-- Grain: as known_addresses, those of this run. Contract 2, "Addresses". File: variable known_addresses_path.
insert into known_addresses
select address, target, edition, code
from read_parquet(getvariable('known_addresses_path'), hive_partitioning = false)
semi join addresses using (address, target);
