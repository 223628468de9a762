-- Grain: one row per content, shop and month over all its versions of orders. Contract 3, sales.
-- Inputs: whole_months (what segments know of their own), cut_orders (of segments that hold later versions than count).
create or replace temp view order_months as
select shop_id, sales_month, sales, transactions from whole_months
union all
select
    shop_id,
    date_trunc('month', paid_at)::date as sales_month,
    (sum(amount) - sum(refunded_amount))::decimal(38, 2) as sales,
    count(*) as transactions
from cut_orders
where counts_as_sale(status)
group by shop_id, sales_month;
