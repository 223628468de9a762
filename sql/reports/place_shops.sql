-- Grain: one row per statistical year, village or township, and shop of it that changed between two snapshots: it came (had no
-- order of the year before), went, moved in or out, or stayed with other sales, or with the same sales and other data.
-- Input: changed_shops.
create or replace temp table place_shops as
with levels as (
    select *, 'village' as kind, old_village_code as old_code, new_village_code as new_code from changed_shops
    union all
    select *, 'township', old_township_code, new_township_code from changed_shops
)
select year, kind, new_code as code, shop_id,
    case when has_come then 'came'
         when old_code is distinct from new_code then 'moved in'
         when has_other_sales then 'with other sales'
         else 'with other data' end as what
from levels
where new_code is not null and (has_come or has_other_sales or has_other_data or old_code is distinct from new_code)
union all
select year, kind, old_code, shop_id, case when has_gone then 'went' else 'moved out' end
from levels
where old_code is not null and old_code is distinct from new_code;
