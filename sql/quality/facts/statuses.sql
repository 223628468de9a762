-- Grain: one row per table and way in which a status can contradict what is told beside it: how many rows do.
-- Contract 5, village_status, township_status, county_year, headline.
-- Inputs: village_status, township_status, county_year, headline.
select
    'village_status' as table_name,
    'the status without a criterion that is met' as what,
    count(*) filter (
        where is_taobao_village and not (coalesce(met_sales, false) or coalesce(met_shops, false) or coalesce(met_households, false))
    ) as contradictions
from village_status
union all
select 'village_status', 'the status of a unit that the rulebook does not ask for', count(*) filter (where is_taobao_village and not met_unit)
from village_status
union all
select
    'village_status',
    'a change that the status denies',
    count(*) filter (where is_taobao_village <> coalesce(change in ('new', 'retained', 'returned'), false))
from village_status
union all
select
    'township_status',
    'a change that the status denies',
    count(*) filter (where is_taobao_town <> coalesce(change in ('new', 'retained', 'returned'), false))
from township_status
union all
select 'township_status', 'a basis without the status, or the status without one', count(*) filter (where is_taobao_town <> (basis is not null))
from township_status
union all
select 'county_year', 'a cluster without Taobao villages', count(*) filter (where cluster_tier is not null and taobao_villages = 0)
from county_year
union all
select 'headline', 'Taobao villages that village_status does not have', count(*) filter (where value <> coalesce(villages, 0))
from (select year, rulebook, value from headline where metric = 'taobao_villages')
left join (
    select year, rulebook, count(*) filter (where is_taobao_village) as villages from village_status group by all
) using (year, rulebook);
