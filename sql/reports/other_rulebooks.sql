-- Grain: one row per other rulebook that has a verdict on a place in a statistical year: whether it has the status under it.
-- Parameters: $year, $code, $rulebook. Contract 5, village_status, township_status. Inputs: village_status, township_status.
select rulebook, is_taobao_village as has_status
from village_status
where year = $year and village_code = $code and rulebook <> $rulebook
union all
select rulebook, is_taobao_town
from township_status
where year = $year and township_code = $code and rulebook <> $rulebook
order by rulebook;
