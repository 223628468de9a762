-- Grain: one row per statistical year and code of a village, followed through time, under a rulebook.
-- Parameters: $rulebook, $id. Contract 5, village_status. Input: village_status.
select
    year,
    village_code as code,
    village as name,
    concat_ws(', ', township, county, province) as above,
    township_code,
    unit_type,
    sales,
    transactions,
    shops,
    active_shops,
    ecommerce_households,
    households,
    is_taobao_village as has_status,
    change,
    is_provisional
from village_status
where rulebook = $rulebook and village_id = $id
order by year, village_code;
