-- Grain: one row per statistical year and known shop with a counted order in it. Contract 5, shop_year. place_code, days_open
-- and open_at_year_end serve the rulebooks. It is no temporary table: another connection writes it while these are at work.
-- Inputs: placed_shop_years, shop_year_before (of the base), retaken_shop_years, years.
create or replace table shop_year as
select
    shop_years.*,
    coalesce(village_code, township_code, county_code) as place_code,
    last_day - opened_on as days_open,
    closed_on is null or closed_on > last_day as open_at_year_end
from (
    from placed_shop_years
    union all by name
    from (from shop_year_before anti join retaken_shop_years using (year, shop_id))
) as shop_years
join years using (year);
