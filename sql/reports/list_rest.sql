-- Grain: one row per year and place on a published list that names no village: the county and township that it names, null =
-- none. Parameter: $year, null = all. Contract 5, list_match. Input: list_match.
select year, place, county, township
from list_match
where village_code is null and (year = $year or $year is null)
order by year, place;
