-- Grain: one row per village or township of a year's edition that has a placed shop. Inputs: shop_year, years.
create or replace temp table used as
select village_code as code, edition
from shop_year
join years using (year)
where village_code is not null
union
select township_code, edition
from shop_year
join years using (year)
where township_code is not null;
