-- Grain: one row per village of a township in a statistical year under a rulebook, those with the status first, then the largest.
-- Parameters: $year, $rulebook, $code. Contract 5, village_status. Input: village_status.
select village_code, village, sales, active_shops, is_taobao_village
from village_status
where year = $year and rulebook = $rulebook and township_code = $code
order by is_taobao_village desc, sales desc, village_code;
