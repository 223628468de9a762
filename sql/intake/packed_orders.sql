-- Grain: one row per version of an order in some contents, by id: what a pack holds. Contract 1, transactions.
-- Input: variable rows_files (Parquet files of the contents' accepted orders).
from read_parquet(getvariable('rows_files'), hive_partitioning = false)
order by transaction_id
