-- Grain: one row per address in words, division (county, township, village) that its beginning names level by level, and
-- run of editions in which all these names stood: matched, the characters that name it. Contract 2, "Addresses".
-- Every spelling begins as its name does: comparing beginnings first spares the spelling of most names.
-- Inputs: worded_addresses, division_children.
create or replace temp table named_divisions as
with recursive named as (
    select address, ''::varchar as code, 0::bigint as matched, words as after, 0 as first_edition, 9999 as last_edition
    from worded_addresses
    union all
    select
        address,
        child.code,
        matched + length(spelling),
        after[length(spelling) + 1:],
        greatest(named.first_edition, child.first_edition),
        least(named.last_edition, child.last_edition)
    from named
    join division_children as child
        on child.parent = named.code
        and child.initial = after[1]
        and child.first_edition <= named.last_edition
        and child.last_edition >= named.first_edition
    cross join unnest(spellings(child.code, child.name)) as spelled(spelling)
    where starts_with(after, spelling)
)
select address, code, first_edition, last_edition, max(matched) as matched
from named
where length(code) >= 6 and (length(code) < 12 or ends_village(after))
group by all;
