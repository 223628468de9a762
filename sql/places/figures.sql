-- Grain: one row per statistical year and village or county of its edition that has a figure (households, population).
-- Contract 3: figures are carried to the code's counterpart, those of one year under several codes that ran into one are
-- added up; the newest year <= N counts, else the oldest after. Inputs: village_figures, county_figures, carried, years.
create or replace temp table figures as
with added_up as (
    select target as edition, counterpart as code, figure_year, sum(figure)::bigint as figure
    from (
        select village_code as code, year as figure_year, households as figure from village_figures
        union all
        select county_code, year, population from county_figures
    )
    join carried using (code)
    group by all
)
select years.year, code, figure
from years
join added_up using (edition)
qualify row_number() over (
    partition by years.year, code
    order by figure_year <= years.year desc, abs(years.year - figure_year)) = 1;
