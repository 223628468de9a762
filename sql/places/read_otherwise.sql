-- Grain: one row per text that names nothing of a level ($digits, 9 or 12) and other reading of what follows the division
-- above: its name said twice; the level left out; an unknown word instead of it; a township outside the county named, when
-- county limits have moved. Contract 2, "Addresses". Input: named.
insert into named
with unread as materialized (
    from named
    where reading in (0, 6) and length(code) in (4, 6, 9) and length(code) < $digits
        and id not in (select id from named where length(code) = $digits)
    qualify length(code) = max(length(code)) over (partition by id)
),
nearest as (
    select *, stem || regexp_extract(after[length(stem) + 1:], '^' || kinds_of_division(case $digits when 9 then 6 else 9 end)) as again
    from unread
    where length(code) = case $digits when 9 then 6 else 9 end
),
above as (
    select
        *,
        regexp_extract(after, case $digits
            when 9 then '^[^,县市区旗]{1,8}?(自治县|县|市|区|旗|新城)'
            else '^[^,县市区旗]{1,8}?(街道办事处|街道|办事处|民族乡|镇|乡|苏木|农场|开发区|区)' end) as unknown
    from unread
    where length(code) = case $digits when 9 then 4 else 6 end
)
select * exclude (again) replace (ltrim(after[length(again) + 1:], ',') as after, $digits as reading)
from nearest
where starts_with(after, stem)
union all
select * exclude (unknown) replace (liberties + 3 as liberties, $digits as reading)
from above
union all
select * exclude (unknown) replace (
    words || '|(' || unknown || ')' as words,
    ltrim(after[length(unknown) + 1:], ',') as after,
    liberties + 4 as liberties,
    $digits as reading
)
from above
where unknown <> ''
union all
select * exclude (again) replace (code[:4] as code, liberties + 5 as liberties, $digits as reading, true as is_moved)
from nearest
where $digits = 9;
