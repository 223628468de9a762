-- Grain: one row per statistical year and shop with a counted order in it, known or not. Contract 3.
-- Inputs: years, shop_month.
create or replace temp table shop_year_sales as
select
    year,
    shop_id,
    sum(sales)::decimal(38, 2) as sales,
    sum(transactions)::bigint as transactions,
    coalesce(sum(transactions) filter (where sales_month >= last_3_months_from), 0)::bigint as transactions_last_3_months
from shop_month
join years on sales_month >= first_day and sales_month < end_day
group by all;
