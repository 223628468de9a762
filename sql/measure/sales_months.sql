-- Grain: one row per month with a counted order of any shop, known or not. Contract 3, sales.
-- Inputs: sales_months_before (of the base), month_changes.
create or replace temp table sales_months as
select sales_month, sum(sales)::decimal(38, 2) as sales, sum(transactions)::bigint as transactions
from (
    select sales_month, sales, transactions from sales_months_before
    union all
    select sales_month, sales, transactions from month_changes
)
group by sales_month
having sum(transactions) > 0;
