-- Grain: one row per statistical year and known shop with a counted order in it that this run measured. Contract 5, shop_year.
-- Inputs: shop_year_versions, shop_places.
create or replace temp view placed_shop_years as
select
    shop_year_versions.year,
    shop_year_versions.shop_id,
    platform,
    shop_type,
    case when length(code) = 12 then code end as village_code,
    case when length(code) >= 9 then code[1:9] end as township_code,
    code[1:6] as county_code,
    code[1:2] as province_code,
    placed_by,
    opened_on,
    closed_on,
    household_id,
    sales,
    transactions,
    transactions_last_3_months
from shop_year_versions
left join shop_places using (year, shop_id);
