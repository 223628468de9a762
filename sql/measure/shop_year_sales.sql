-- Grain: one row per statistical year and shop with a counted order in it that this run measures: of a base, those that it
-- takes anew. Rows of shops that are not known are worth nothing: of a base they tell changes only. Contract 3.
-- Inputs: month_changes, year_months; of the base shop_year_before, retaken_shop_years, unknown_months_before; arriving_shops.
create or replace temp table shop_year_sales as
select
    year,
    shop_id,
    sum(sales)::decimal(38, 2) as sales,
    sum(transactions)::bigint as transactions,
    sum(transactions_last_3_months)::bigint as transactions_last_3_months
from (
    select year, shop_id, sales, transactions, transactions_last_3_months
    from shop_year_before
    semi join retaken_shop_years using (year, shop_id)
    union all
    select year, shop_id, sales, transactions, case when is_in_last_3 then transactions else 0 end
    from month_changes
    join year_months using (sales_month)
    union all
    select year, shop_id, sales, transactions, case when is_in_last_3 then transactions else 0 end
    from (from unknown_months_before semi join arriving_shops using (shop_id))
    join year_months using (sales_month)
)
group by year, shop_id
having sum(transactions) > 0;
