-- Grain: one row per county and year: the current version of its population. Contract 1, "Which version wins"; a county code
-- from before the editions counts as what it became. Inputs: counties, former_codes.
create or replace temp table county_figures as
select coalesce(new_code, county_code) as county_code, year, population
from (
    from counties
    qualify row_number() over (
        partition by county_code, year order by recorded_at desc nulls last, population desc nulls last) = 1
)
left join former_codes on former_codes.code = county_code;
