-- Grain: one row per year of the published lists: listed places, and those of which the village was found. Contract 5, list_match.
select year, count(*) as places, count(village_code) as villages_found
from list_match
group by year
order by year;
