-- Grain: one row per village with the status that misses its unit or sales criterion, which every rulebook asks for where
-- it has one as a condition. Contract 5: every reader sees why a village is in or out. Expected: no row.
select year, rulebook, village_code
from village_status
where is_taobao_village and (met_unit = false or shops = 0);
