-- Grain: one row per village that lost its status and has no shop in the year: its shop metrics are 0, its households as
-- usual. Contract 5, village_status. Inputs: lost_places, figures, village_measures.
insert into village_measures
select year, edition, code, unit_type_of(code), 0, 0, 0, 0, 0, figure, true
from lost_places
left join figures using (year, code)
anti join village_measures as measured using (year, code);
