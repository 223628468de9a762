-- Grain: one row per division, run of editions, and name that it goes by; is_other for names besides the published ones:
-- former names, names that a person has looked at, and what people call development zones. Without villages, which are
-- most (gazetteer_villages), so that a look at the other levels passes them by. span: rows of a code and an equal span
-- have runs that adjoin. Contract 2, "Addresses".
-- Inputs: all_divisions, other_names, unusual_texts.
create or replace temp table gazetteer as
with runs as (
    from all_divisions
    where length(code) < 12
),
come_back as (
    select code
    from runs
    group by code
    having sum(last_edition - first_edition + 1) < max(last_edition) - min(first_edition) + 1
),
published as (
    select
        code,
        length(code)::integer as digits,
        coalesce(plain, name) as name,
        first_edition,
        last_edition,
        case when code in (from come_back) then first_edition else 0 end as span
    from runs
    left join unusual_texts on text = name
)
select *, false as is_other
from published
union all
select code, digits, coalesce(plain, other_names.name), first_edition, last_edition, span, true
from published
join other_names using (code)
left join unusual_texts on text = other_names.name
union all
select
    code,
    digits,
    unnest(case when regexp_matches(name, '高新.*区$') then ['高新区', '高新技术开发区', '高新技术产业开发区']
                when regexp_matches(name, '经济.*开发区$') then ['经济开发区', '经济技术开发区', '经开区', '开发区'] end),
    first_edition,
    last_edition,
    span,
    true
from published
where digits = 6;
