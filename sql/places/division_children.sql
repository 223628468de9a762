-- Grain: one row per division (code, name, run of editions) that an address in words may name, and code after which it may
-- stand there: the division above it; for a county also its province, since addresses leave prefectures out; for both
-- also nothing, since they leave provinces out. Contract 2, "Addresses". Only names that begin with a character of some
-- address. Inputs: all_divisions, worded_addresses.
create or replace temp table division_children as
with divisions_named as (
    from (select *, name[1] as initial from all_divisions)
    semi join (select distinct unnest(string_split(words, '')) as initial from worded_addresses) using (initial)
)
select
    case length(code) when 12 then code[1:9] when 9 then code[1:6] when 6 then code[1:4] when 4 then code[1:2] else '' end as parent,
    *
from divisions_named
union all
select unnest(case length(code) when 6 then [code[1:2], ''] else [''] end), *
from divisions_named
where length(code) in (4, 6);
