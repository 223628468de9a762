-- Grain: one row per village or township of an edition that has a placed shop in a year of that edition, or village that
-- is on a published list. Inputs: shop_year, years, listed_codes.
create or replace temp table used as
select village_code as code, edition
from shop_year
join years using (year)
where village_code is not null
union
select township_code, edition
from shop_year
join years using (year)
where township_code is not null
union
select code, edition
from listed_codes
where length(code) = 12;
