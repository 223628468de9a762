-- Grain: one row per shop and month over every accepted version of an order in one content, current or not: what the fold
-- starts from, so that it reads orders again only where an order has several versions. Contract 3, sales.
-- Input: variable rows_files (Parquet files of one content's accepted orders).
select
    shop_id,
    date_trunc('month', paid_at)::date as sales_month,
    (sum(amount) - sum(refunded_amount))::decimal(38, 2) as sales,
    count(*) as transactions
from read_parquet(getvariable('rows_files'))
where counts_as_sale(status)
group by all
