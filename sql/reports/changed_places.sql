-- Grain: one row per statistical year, rulebook and village or township whose figures or status differ between two snapshots;
-- has_both: it has a row in both, else its row came or went. Contract 5, village_status, township_status.
-- Inputs: earlier_village_status, later_village_status, earlier_township_status, later_township_status.
create or replace temp table changed_places as
with sides as (
    select 'old' as side, year, rulebook, 'village' as kind, village_code as code, village as place, county, sales, transactions,
           active_shops, households, null::bigint as taobao_villages, is_taobao_village as has_status
    from earlier_village_status
    union all
    select 'new', year, rulebook, 'village', village_code, village, county, sales, transactions, active_shops, households, null,
           is_taobao_village
    from later_village_status
    union all
    select 'old', year, rulebook, 'township', township_code, township, county, sales, transactions, active_shops, null,
           taobao_villages, is_taobao_town
    from earlier_township_status
    union all
    select 'new', year, rulebook, 'township', township_code, township, county, sales, transactions, active_shops, null,
           taobao_villages, is_taobao_town
    from later_township_status
)
select
    year, rulebook, kind, code,
    coalesce(later.place, earlier.place) as place,
    coalesce(later.county, earlier.county) as county,
    earlier.sales is not null and later.sales is not null as has_both,
    coalesce(earlier.has_status, false) as had_it,
    coalesce(later.has_status, false) as has_it,
    earlier.sales as old_sales, later.sales as new_sales,
    earlier.transactions as old_transactions, later.transactions as new_transactions,
    earlier.active_shops as old_active_shops, later.active_shops as new_active_shops,
    earlier.households as old_households, later.households as new_households,
    earlier.taobao_villages as old_taobao_villages, later.taobao_villages as new_taobao_villages
from (from sides where side = 'old') as earlier
full join (from sides where side = 'new') as later using (year, rulebook, kind, code)
where (earlier.sales, earlier.transactions, earlier.active_shops, earlier.households, earlier.taobao_villages, had_it)
    is distinct from (later.sales, later.transactions, later.active_shops, later.households, later.taobao_villages, has_it);
