-- Grain: one row per near miss, of each statistical year and rulebook the 300 that lack least, by share of the threshold.
-- Input: near-misses (reports/near_misses.sql). Contract 4.
select year, rulebook, village_code, village, county, criterion, operator, threshold, value, short_by
from "near-misses"
qualify row_number() over (partition by year, rulebook order by short_by / threshold, village_code, criterion) <= 300
order by year, rulebook, village_code, criterion;
