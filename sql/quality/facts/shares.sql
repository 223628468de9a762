-- Grain: one row per share that is told: of headline each, of village_status the largest per statistical year and rulebook.
-- Inputs: headline, village_status.
select 'headline' as table_name, year || ' ' || rulebook || ': ' || metric as what, value as share, null::double as household_share
from headline
where unit = 'share'
union all
select 'village_status', year || ' ' || rulebook || ': the largest share of households', null, max(household_share)
from village_status
group by year, rulebook;
