-- Grain: one row per statistical year and shop of the base whose row is taken anew: its sales changed, or a version of the
-- shop arrived. Design, "A run folds a delta". Inputs: shop_year_before (of the base), month_changes, year_months,
-- arriving_shops.
create or replace temp table retaken_shop_years as
select year, shop_id
from shop_year_before
semi join (select year, shop_id from month_changes join year_months using (sales_month)) as changed using (year, shop_id)
union
select year, shop_id
from shop_year_before
semi join arriving_shops using (shop_id);
