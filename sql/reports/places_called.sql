-- Grain: one row per village or township, followed through time, that a text means: by its code in the year, else by its
-- identity, else by its code in any year, else by its name in any year; `is_like`: its name only contains the text.
-- Parameters: $place, $year. Contract 2, one village through time. Inputs: village_status, township_status.
with places as (
    select 'village' as level, year, village_code as code, village_id as id, village as name,
        concat_ws(', ', township, county, province) as above
    from village_status
    union all
    select 'township', year, township_code, township_id, township, concat_ws(', ', county, province)
    from township_status
)
select
    level,
    id,
    arg_max(name, year) as name,
    arg_max(above, year) as above,
    case
        when bool_or(code = $place and year = $year) then 1
        when id = $place then 2
        when bool_or(code = $place) then 3
        when bool_or(name = $place) then 4
        when bool_or(contains(name, $place)) then 5
    end as nearness,
    nearness = 5 as is_like
from places
group by level, id
qualify nearness = min(nearness) over ()
order by id, level;
