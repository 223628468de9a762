-- Grain: one row per statistical year and code of a township, followed through time, under a rulebook.
-- Parameters: $rulebook, $id. Contract 5, township_status. Input: township_status.
select
    year,
    township_code as code,
    township as name,
    concat_ws(', ', county, province) as above,
    township_code,
    taobao_villages,
    sales,
    transactions,
    active_shops,
    is_taobao_town as has_status,
    change,
    is_provisional
from township_status
where rulebook = $rulebook and township_id = $id
order by year, township_code;
