-- Grain: one row per shop and month that versions of orders gave which another version replaces. Contract 3, sales.
-- Input: repeated_versions.
select
    shop_id,
    date_trunc('month', paid_at)::date as sales_month,
    (sum(amount) - sum(refunded_amount))::decimal(38, 2) as sales,
    count(*) as transactions
from ranked_versions('repeated_versions')
where version_rank > 1 and counts_as_sale(status)
group by shop_id, sales_month
