-- Grain: one row per township that lost its status and has no shop in the year. Contract 5, township_status.
-- Inputs: lost_places, township_measures.
insert into township_measures
select year, edition, code, 0, 0, 0, 0, true
from lost_places
anti join township_measures as measured using (year, code);
