-- Grain: one row per division whose code, or whose name in any edition, is $called, also with another kind or none (丁楼 and
-- 丁楼村 for 丁楼村委会): its last name, its editions, and the divisions above it. Contract 2, "Divisions". Input: all_divisions.
with asked as (
    select regexp_replace($called, '(.)' || kinds_of_division(digits) || '$', '\1') as stem, digits
    from (values (12), (9), (6)) as level(digits)
),
called as (
    select code
    from all_divisions
    where code = $called or name = $called
    union
    select code
    from all_divisions
    join asked on digits = length(code) and starts_with(name, stem)
    where regexp_matches(name[length(stem) + 1:], '^(' || kinds_of_division(12) || '|' || kinds_of_division(9) || '|'
        || kinds_of_division(6) || ')$')
),
found as (
    select code, arg_max(name, last_edition) as name, min(first_edition) as first_edition, max(last_edition) as last_edition
    from all_divisions
    semi join called using (code)
    group by code
),
uppers as (
    select code, arg_max(name, last_edition) as name
    from all_divisions
    semi join (select distinct unnest([code[:2], code[:4], code[:6], code[:9]]) as code from found) using (code)
    group by code
)
select
    found.code,
    found.name,
    first_edition,
    last_edition,
    string_agg(uppers.name, ' ' order by length(uppers.code)) as above
from found
left join uppers
    on uppers.code in (found.code[:2], found.code[:4], found.code[:6], found.code[:9]) and length(uppers.code) < length(found.code)
group by all
order by found.code;
