-- Grain: one row per statistical year, rulebook and village. Contract 5, village_status.
-- Inputs: village_verdicts, changes, place_names, years, $rulebook.
insert into village_status
select
    verdicts.year,
    $rulebook,
    code,
    identity,
    name,
    township_code,
    township,
    county_code,
    county,
    province_code,
    province,
    unit_type,
    sales,
    transactions,
    shops,
    active_shops,
    ecommerce_households,
    households,
    (household_share_of / households)::double,
    has_status,
    met_unit,
    met_sales,
    met_shops,
    case when households is null and met_households is not null then false else met_households end,
    change,
    is_provisional
from village_verdicts as verdicts
join changes using (year, code)
join place_names using (code, edition)
join years on years.year = verdicts.year;
