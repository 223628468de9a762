-- Grain: one row per statistical year, rulebook and changed village or township: what its shops, households and villages tell
-- of the cause. Where no changed file holds their records, the inputs that changed between the snapshots are named.
-- `files` are the changed files that hold records of its changed shops, or its households if these changed, of any year.
-- Inputs: changed_places, place_shops, changed_records, parameter $inputs (text, '' = none).
create or replace temp table diff_places as
with shops as (
    select year, kind, code, string_agg(shops || ' ' || what, ', ' order by what) as told
    from (select year, kind, code, what, count(*) as shops from place_shops group by all)
    group by all
), places as (
    select year, kind, code, path, records.what
    from place_shops
    join changed_records as records on records.id = shop_id::varchar and "table" in ('shops', 'transactions')
    union
    select year, kind, code, path, what
    from changed_places
    join changed_records on id = code and "table" = 'villages'
    where has_both and old_households is distinct from new_households
), files as (
    select year, kind, code, string_agg(path || ' (' || what || ')', ', ' order by path) as told
    from places
    group by all
)
select
    changed_places.*,
    coalesce(nullif(concat_ws('; ',
        'shops: ' || shops.told,
        case when has_both and old_households is distinct from new_households then 'households' end,
        case when has_both and old_taobao_villages is distinct from new_taobao_villages then 'its Taobao villages' end,
        case when files.told is null then nullif($inputs, '') || ' changed' end
    ), ''), 'not told by the tables') as cause,
    files.told as files
from changed_places
left join shops using (year, kind, code)
left join files using (year, kind, code);
