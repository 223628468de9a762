-- Grain: one row per shop and month with a counted order. Contract 3: over current versions with a status that counts.
-- What every version gives, less what the outdated ones give: exact, since money is decimal.
-- Inputs: order_months (shop-months of every live content, over all its versions), outdated_months.
create or replace temp table shop_month as
select shop_id, sales_month, sum(sales)::decimal(38, 2) as sales, sum(transactions)::bigint as transactions
from (
    select shop_id, sales_month, sales, transactions from order_months
    union all
    select shop_id, sales_month, -sales, -transactions from outdated_months
)
group by shop_id, sales_month
having sum(transactions) > 0;
