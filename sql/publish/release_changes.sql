-- Grain: one row per rulebook and village or township that gained or lost the status between two releases of a statistical year,
-- or of which sales or active shops differ; nulls where it was not there, or is no more.
-- Inputs: earlier_village_status, earlier_township_status, later_village_status, later_township_status.
with earlier as (
    select rulebook, 'village' as kind, village_code as code, village as name, is_taobao_village as has_it, sales, active_shops
    from earlier_village_status
    union all
    select rulebook, 'town', township_code, township, is_taobao_town, sales, active_shops
    from earlier_township_status
), later as (
    select rulebook, 'village' as kind, village_code as code, village as name, is_taobao_village as has_it, sales, active_shops
    from later_village_status
    union all
    select rulebook, 'town', township_code, township, is_taobao_town, sales, active_shops
    from later_township_status
)
select
    rulebook,
    case when coalesce(later.has_it, false) and not coalesce(earlier.has_it, false) then 'gained'
         when coalesce(earlier.has_it, false) and not coalesce(later.has_it, false) then 'lost'
         else 'other figures' end as what,
    kind,
    code,
    coalesce(later.name, earlier.name),
    earlier.sales,
    later.sales,
    earlier.active_shops,
    later.active_shops
from earlier
full join later using (rulebook, kind, code)
where coalesce(earlier.has_it, false) <> coalesce(later.has_it, false)
    or earlier.sales is distinct from later.sales
    or earlier.active_shops is distinct from later.active_shops
order by rulebook, kind desc, what, code;
