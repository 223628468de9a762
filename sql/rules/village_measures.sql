-- Grain: one row per statistical year and village with a placed shop that had a counted order. Contract 3.
-- Inputs: place_measures, years, figures.
create or replace temp table village_measures as
select
    place_measures.year,
    edition,
    place_code as code,
    unit_type_of(place_code) as unit_type,
    sales,
    transactions,
    shops,
    village_active_shops as active_shops,
    ecommerce_households,
    figure as households,
    false as is_added
from place_measures
join years using (year)
left join figures on figures.year = place_measures.year and figures.code = place_code
where length(place_code) = 12;
