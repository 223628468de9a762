-- Grain: one row per text that names no county and other reading of it, since parts are said twice: from where its first two
-- characters come again (浙江省杭州市浙江省杭州市富阳区); without what follows of the name above (浙江省杭州市杭州富阳区).
-- Contract 2, "Addresses". Inputs: texts, named.
insert into named
with unread as materialized (
    from named
    where length(code) < 6 and id not in (select id from named where length(code) = 6)
),
again as (
    select id, instr(text[3:], text[:2]) as place, text
    from texts
    semi join unread using (id)
),
twice as (
    select *, stem || regexp_extract(after[length(stem) + 1:], '^' || kinds_of_division(4)) as repeated
    from unread
    where length(code) = 4 and starts_with(after, stem)
)
select id, '', '', '', '', text[2 + place:], 0, 0, 6, false, false, 0, 9999
from again
where place > 0
union all
select * exclude (repeated) replace (ltrim(after[length(repeated) + 1:], ',') as after, 6 as reading)
from twice;
