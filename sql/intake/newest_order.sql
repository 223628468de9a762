-- Grain: one row. The last update among one content's accepted orders. Contract 1, transactions.
-- Input: variable rows_files (Parquet files of one content's accepted orders).
select max(updated_at) as newest
from read_parquet(getvariable('rows_files'), hive_partitioning = false)
