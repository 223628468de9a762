-- Grain: one row per county of the world in $year: its population. Input: county_populations (year, county_code, population).
select county_code, year, population, make_timestamp(year, 5, 1, 9, 0, 0) as recorded_at
from county_populations
where year = $year
order by county_code
