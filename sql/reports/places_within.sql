-- Grain: one row per village or township with shops in a county or province that a text means, by its code or name, in a
-- statistical year under a rulebook: villages first, those with the status, then the largest.
-- Parameters: $place, $year, $rulebook. Contract 5, village_status, township_status. Inputs: village_status, township_status.
with places as (
    select
        'village' as level, village_code as code, village as name, concat_ws(', ', township, county, province) as above,
        is_taobao_village as has_status, sales, county_code, county, province_code, province
    from village_status
    where year = $year and rulebook = $rulebook
    union all
    select
        'township', township_code, township, concat_ws(', ', county, province), is_taobao_town, sales, county_code, county,
        province_code, province
    from township_status
    where year = $year and rulebook = $rulebook
)
select
    level, code, name, above, has_status, sales,
    case when $place in (county_code, county) then 'county' else 'province' end as within
from places
where $place in (county_code, county, province_code, province)
order by level desc, has_status desc, sales desc, code;
