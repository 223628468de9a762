-- Grain: one row. Sales of shops unknown to shops/, the number of these shops, and all sales, whatever their year.
-- Contract 1, limit `orphans`. Inputs: unknown_months, sales_months.
select
    coalesce(sum(sales), 0)::decimal(38, 2) as orphaned_sales,
    count(distinct shop_id) as orphaned_shops,
    coalesce((select sum(sales) from sales_months), 0)::decimal(38, 2) as sales
from unknown_months;
