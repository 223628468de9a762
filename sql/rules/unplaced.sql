-- Grain: one row per statistical year and address that counts first for a known shop without a village; an empty one for
-- shops without any address. Contract 5, headline, unplaced_sales: these are their addresses.
-- Inputs: unplaced_shops, place_names.
create or replace temp table unplaced as
select
    year,
    coalesce(address, '') as address,
    case when length(code) = 9 then township_code end as township_code,
    case when length(code) = 9 then township end as township,
    county_code,
    county,
    province_code,
    province,
    count(*) as shops,
    sum(sales)::decimal(38, 2) as sales
from unplaced_shops
left join place_names using (code, edition)
group by all;
