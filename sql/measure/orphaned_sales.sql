-- Grain: one row. Sales of shops unknown to shops/, the number of these shops, and all sales, whatever their year.
-- Contract 1, limit `orphans`. Inputs: shop_month, shop_versions.
select
    coalesce(sum(sales) filter (where is_unknown), 0)::decimal(38, 2) as orphaned_sales,
    count(*) filter (where is_unknown) as orphaned_shops,
    coalesce(sum(sales), 0)::decimal(38, 2) as sales
from (
    select shop_month.shop_id, sum(sales) as sales, any_value(known.shop_id) is null as is_unknown
    from shop_month
    left join (select distinct shop_id from shop_versions) as known on known.shop_id = shop_month.shop_id
    group by shop_month.shop_id
);
