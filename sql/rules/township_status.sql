-- Grain: one row per statistical year, rulebook and township. Contract 5, township_status.
-- Inputs: township_verdicts, changes, place_names, years, $rulebook.
insert into township_status
select
    verdicts.year,
    $rulebook,
    code,
    identity,
    name,
    county_code,
    county,
    province_code,
    province,
    taobao_villages,
    sales,
    transactions,
    active_shops,
    has_status,
    case when by_villages and by_sales then 'both' when by_villages then 'villages' when by_sales then 'sales' end,
    change,
    is_provisional
from township_verdicts as verdicts
join changes using (year, code)
join place_names using (code, edition)
join years on years.year = verdicts.year;
