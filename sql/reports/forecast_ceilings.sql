-- Grain: one row per province: its administrative villages and its townships in the newest edition of the divisions, which no number
-- of Taobao villages or towns can exceed. Contract 5, forecast. Input: all_divisions.
select
    code[1:2] as province_code,
    count(*) filter (where length(code) = 12 and unit_type_of(code) = 'village') as villages,
    count(*) filter (where length(code) = 9) as townships
from all_divisions
where last_edition = (select max(last_edition) from all_divisions) and length(code) in (9, 12)
group by province_code
order by province_code;
