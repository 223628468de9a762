-- Grain: one row per village of the world in $year: households and population. Input: village_years.
select
    code as village_code,
    year,
    households,
    households * 3 + (drawn(line, 31) % 200)::integer as population,
    make_timestamp(year, 5, 1, 9, 0, 0) as recorded_at
from village_years
where year = $year and code is not null
order by village_code
