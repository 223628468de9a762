-- Grain: one row per village and year: the current version of its census facts. Contract 1, "Which version wins".
-- Input: villages.
create or replace temp table village_figures as
select village_code, year, households
from villages
qualify row_number() over (
    partition by village_code, year
    order by recorded_at desc nulls last, households desc nulls last, population desc nulls last) = 1;
