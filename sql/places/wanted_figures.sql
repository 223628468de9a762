-- Grain: one row per village or county with a figure and edition in use. Contract 3, households.
-- Inputs: village_figures, county_figures, years.
create or replace temp table wanted as
select distinct code, years.edition as target
from (
    select village_code as code from village_figures
    union
    select county_code from county_figures
)
cross join (select distinct edition from years) as years;
