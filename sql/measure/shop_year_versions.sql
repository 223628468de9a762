-- Grain: one row per statistical year and known shop with a counted order in it, with every attribute of the version
-- that was newest at the year's end, else of its oldest. Contract 2, "A shop in year N". A version recorded in the
-- year's last microsecond is newest at its end. Inputs: shop_year_sales, years, shop_versions.
create or replace temp table shop_year_versions as
select
    year,
    edition,
    last_day,
    shop_id,
    platform,
    shop_type,
    opened_on,
    closed_on,
    registered_address,
    ship_from_address,
    receive_address,
    household_id,
    sales,
    transactions,
    transactions_last_3_months
from shop_year_sales
join years using (year)
join shop_versions using (shop_id)
where valid_from < end_day and valid_until >= end_day;
