-- Grain: one row per place of a shop in the base: its code. Contract 2, "One village through time".
-- Input: shop_year_before.
insert into carried_codes
select distinct coalesce(village_code, township_code, county_code)
from shop_year_before;
