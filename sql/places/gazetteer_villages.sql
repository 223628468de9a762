-- Grain: as gazetteer, in its place: divisions, nearly all villages, below those that readings ($reading) named (by their first
-- $above digits), whose names begin as the texts go on, or as the name above. Once townships are named, only these are
-- looked for. Contract 2, "Addresses". Inputs: named, all_divisions, other_names, unusual_texts.
create or replace temp table gazetteer as
with beginnings as (
    select distinct left(code, $above) as parent, unnest([left(after, 2), left(stem || kind, 2)]) as beginning
    from named
    where reading = $reading and length(code) between $above and 9
),
published as (
    select code, coalesce(plain, name) as name, first_edition, last_edition, false as is_other
    from all_divisions
    left join unusual_texts on text = name
    union all
    select code, coalesce(plain, other_names.name), first_edition, last_edition, true
    from all_divisions
    join other_names using (code)
    left join unusual_texts on text = other_names.name
)
select code, length(code)::integer as digits, name, first_edition, last_edition, first_edition as span, is_other
from published
semi join beginnings on parent = left(code, $above) and beginning = left(name, 2);
