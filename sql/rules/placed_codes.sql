-- Grain: one row per deepest place of a shop in a year and the year's edition. Inputs: shop_year, years.
create or replace temp table placed_codes as
select place_code as code, edition
from (select distinct year, place_code from shop_year where place_code is not null)
join years using (year)
group by all;
