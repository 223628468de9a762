-- Grain: one row per county, province and township with a placed shop and edition, whose names are wanted.
-- Inputs: county_measures, shop_year, years.
create or replace temp table used as
select unnest([code, code[1:2]]) as code, edition
from county_measures
union
select township_code, edition
from shop_year
join years using (year)
where township_code is not null;
