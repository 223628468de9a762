-- Grain: one row per shop and month.
{{ config(materialized="external", location=var("out") ~ "/shop_month.parquet") }}
select
    shop_id,
    date_trunc('month', paid_at)::date as paid_month,
    sum(amount - refunded_amount)::decimal(38, 2) as sales,
    count(*) as transactions
from {{ ref("current_orders") }}
where status in {{ names(var("counted")) }}
group by shop_id, paid_month
