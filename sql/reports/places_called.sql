-- Grain: one row per village or township, followed through time, that a text means: by its code in the year, else by its
-- identity, else by its code in any year, else by its name in any year, else by its name with another ending of its kind
-- (丁楼村 for 丁楼村民委员会 and 丁楼村委会); `is_like`: its name only contains the text.
-- Parameters: $place, $year. Contract 2, one village through time. Inputs: village_status, township_status.
with places as (
    select 'village' as level, year, village_code as code, village_id as id, village as name,
        concat_ws(', ', township, county, province) as above
    from village_status
    union all
    select 'township', year, township_code, township_id, township, concat_ws(', ', county, province)
    from township_status
), kinds as (
    select '(村|社区|街道)(村?居?民?委员会|村?居?委会|办事处)$' as ending
), named as (
    select *, regexp_replace(name, ending, '\1') as plain_name, regexp_replace($place, ending, '\1') as plain_place
    from places, kinds
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
        when bool_or(plain_name = plain_place) then 5
        when bool_or(contains(name, $place)) then 6
    end as nearness,
    nearness = 6 as is_like
from named
group by level, id
qualify nearness = min(nearness) over ()
order by id, level;
