-- Grain: one row per county and year: the current version of its population. Contract 1, "Which version wins".
-- Input: counties.
create or replace temp table county_figures as
select county_code, year, population
from counties
qualify row_number() over (
    partition by county_code, year order by recorded_at desc nulls last, population desc nulls last) = 1;
