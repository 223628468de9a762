-- Grain: one row per shop and month with a counted order, as shop_month: that of the fold before with what changed.
-- Contract 3, sales. Inputs: shop_month_before, changed_months.
create or replace temp table shop_month as
select shop_id, sales_month, sum(sales)::decimal(38, 2) as sales, sum(transactions)::bigint as transactions
from (
    select shop_id, sales_month, sales, transactions from shop_month_before
    union all
    select shop_id, sales_month, sales, transactions from changed_months
)
group by shop_id, sales_month
having sum(transactions) > 0;
