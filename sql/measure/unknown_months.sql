-- Grain: one row per shop that is unknown to shops/ and month with a counted order of it. Contract 1: a transaction whose
-- shop is unknown is kept, and enters the results once its shop arrives. Inputs: unknown_months_before (of the base),
-- month_changes, shops.
create or replace temp table unknown_months as
select shop_id, sales_month, sum(sales)::decimal(38, 2) as sales, sum(transactions)::bigint as transactions
from (
    select shop_id, sales_month, sales, transactions from unknown_months_before
    union all
    select shop_id, sales_month, sales, transactions from month_changes
)
anti join shops using (shop_id)
group by shop_id, sales_month
having sum(transactions) > 0;
