-- Grain: one row. Sales of shops unknown to shops/, the number of these shops, and all sales, whatever their year.
-- Contract 1, limit `orphans`. Inputs: shop_month, shop_versions.
select
    coalesce(sum(sales) filter (where shop_id not in (select shop_id from shop_versions)), 0)::decimal(38, 2) as orphaned_sales,
    count(distinct shop_id) filter (where shop_id not in (select shop_id from shop_versions)) as orphaned_shops,
    coalesce(sum(sales), 0)::decimal(38, 2) as sales
from shop_month;
