-- Grain: one row per year and place that is on a published list or in list_match, not in both, or that has a village without
-- its identity. Contract 5, list_match. Expected: no row.
select year, place
from (select distinct year, place, true as is_listed from lists)
full join (select year, place, village_code, village_id, true as is_matched from list_match) using (year, place)
where is_listed is null or is_matched is null or (village_code is null) <> (village_id is null);
