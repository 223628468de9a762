-- Grain: one row per shop and month over every accepted version of an order in one content, current or not: what the fold
-- starts from, so that it reads orders again only where an order has several versions. Contract 3, sales. Months are
-- counted while they are grouped: cheaper than dates.
-- Input: variable rows_files (Parquet files of one content's accepted orders).
select shop_id, make_date(counted_month // 12, counted_month % 12 + 1, 1) as sales_month, sales, transactions
from (
    select
        shop_id,
        year(paid_at) * 12 + month(paid_at) - 1 as counted_month,
        (sum(amount) - sum(refunded_amount))::decimal(38, 2) as sales,
        count(*) as transactions
    from read_parquet(getvariable('rows_files'), hive_partitioning = false)
    where counts_as_sale(status)
    group by shop_id, counted_month
)
