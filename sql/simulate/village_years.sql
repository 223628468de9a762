-- Grain: one row per village of the world and statistical year: its code in the edition of that year, and its households.
-- Inputs: world_villages (line, households), seated_lines, simulated_years (year).
create or replace temp table village_years as
select
    line,
    year,
    case when year <= 2016 then code_2016 when year = 2017 then code_2017 when year = 2018 then code_2018
         when year = 2019 then code_2019 else code_2020 end as code,
    households
from world_villages
join seated_lines on seated_lines.number = line
cross join simulated_years;
