-- Grain: one row per shop and month with a counted order. Contract 3: over current versions with a status that counts.
-- What every version gives, less what the outdated ones give: exact, since money is decimal.
-- Inputs: orders, outdated_versions.
create or replace temp table shop_month as
select
    shop_id,
    date_trunc('month', paid_at)::date as sales_month,
    sum(sign * (amount - refunded_amount))::decimal(38, 2) as sales,
    sum(sign)::bigint as transactions
from (
    select shop_id, paid_at, amount, refunded_amount, status, 1 as sign from orders
    union all
    select shop_id, paid_at, amount, refunded_amount, status, -1 as sign from outdated_versions
)
where counts_as_sale(status)
group by all
having sum(sign) > 0;
