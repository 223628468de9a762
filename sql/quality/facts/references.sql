-- Grain: one row per reference from a published table to another: how many of its rows lead nowhere.
-- Inputs: shop_year, village_status, township_status, county_year, province_year, village_history.
select
    'village_status' as table_name,
    'villages with the status are in village_history' as what,
    count(*) as missing
from (
    select rulebook, village_id from village_status where is_taobao_village
) anti join village_history using (rulebook, village_id)
union all
select 'village_status', 'villages with shops have their township in township_status', count(*)
from (select year, rulebook, township_code from village_status where shops > 0)
anti join township_status using (year, rulebook, township_code)
union all
select 'village_status', 'villages with shops have a shop in shop_year', count(*)
from (select year, village_code from village_status where shops > 0)
anti join shop_year using (year, village_code)
union all
select 'township_status', 'townships with orders have their county in county_year', count(*)
from (select year, rulebook, county_code from township_status where transactions > 0)
anti join county_year using (year, rulebook, county_code)
union all
select 'county_year', 'counties have their province in province_year', count(*)
from county_year
anti join province_year using (year, rulebook, province_code);
