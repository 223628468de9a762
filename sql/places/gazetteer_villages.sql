-- Grain: as gazetteer, of villages. Contract 2, "Addresses". Inputs: all_divisions, other_names, unusual_texts.
insert into gazetteer
with published as (
    select code, 12 as digits, coalesce(plain, name) as name, first_edition, last_edition, first_edition as span
    from all_divisions
    left join unusual_texts on text = name
    where length(code) = 12
)
select *, false as is_other
from published
union all
select code, digits, coalesce(plain, other_names.name), first_edition, last_edition, span, true
from published
join other_names using (code)
left join unusual_texts on text = other_names.name;
