-- Grain: one row per text, reading, and division of a level ($digits) below one that was named ($above digits) and that the
-- next words name. Contract 2, "Addresses". A name is told by its stem and a kind: 大集 and 镇; another word of the same
-- kind (村 for 村委会) is no liberty, another kind (大集乡) or none is one. Names lose what they repeat of the name above
-- (曹县大集镇, 大集东街); a text that says the name above again (密云县密云县) names no 密云镇 by it. What follows a village's
-- committee lies in the village. $reading: the readings that go on; $becomes: their number from here; $skips: whether a level
-- was left out between, when only a name with its kind will do; $tells: whether the words are kept for those who ask (of equal
-- readings, always the same). Runs of editions that adjoin are one. What is judged is kept (materialized): else its expressions,
-- some dear, are written out again in every filter that reads them.
-- Inputs: named, gazetteer.
insert into named
with above as (
    from named
    where length(code) = $above and reading = $reading
),
beginnings as (
    select distinct code as parent, left(after, case when $digits = 4 then 1 else 2 end) as beginning
    from above
),
leads as (
    select distinct code as parent, unnest([stem, stem || kind]) as lead
    from above
),
names as (
    select code, name, is_other, false as is_shortened, first_edition, last_edition, span
    from gazetteer
    semi join beginnings on parent = left(code, $above) and beginning = left(name, case when $digits = 4 then 1 else 2 end)
    where digits = $digits
    union all
    select code, substring(name, length(lead) + 1), is_other, true, first_edition, last_edition, span
    from gazetteer
    join leads on parent = left(code, $above) and left(lead, 2) = left(name, 2)
    where digits = $digits and not $skips and length(lead) >= 2 and starts_with(name, lead)
),
stems as materialized (
    select
        * exclude (name, ending),
        case when ending in ('', name) then name else left(name, -length(ending)) end as stem,
        case when ending in ('', name) then '' else ending end as own_kind
    from (select *, regexp_extract(name, kinds_of_division($digits) || '$') as ending from names)
),
keys as (
    select *, case when is_shortened then 5 else 0 end as variance
    from stems
    where length(stem) >= 2 or not is_shortened
    union all
    select * replace (left(stem, -1) as stem), 1
    from stems
    where $digits = 12 and ends_with(stem, '村') and length(stem) > 2 and kind_of_division(12, own_kind) = '村'
),
begun as (
    select
        above.* exclude (code, stem, kind, after, variance, first_edition, last_edition),
        above.variance + keys.variance as variance,
        keys.code,
        keys.stem,
        own_kind,
        is_other,
        span,
        substring(above.after, length(keys.stem) + 1) as rest,
        above.kind <> '' and starts_with(above.after, above.stem || above.kind)
            and not starts_with(keys.stem, above.stem || above.kind) as is_said_again,
        greatest(above.first_edition, keys.first_edition) as first_edition,
        least(above.last_edition, keys.last_edition) as last_edition
    from above
    join keys
        on left(keys.code, $above) = above.code
        and left(keys.stem || own_kind, case when $digits = 4 then 1 else 2 end) = left(above.after, case when $digits = 4 then 1 else 2 end)
        and keys.first_edition <= above.last_edition
        and keys.last_edition >= above.first_edition
    where starts_with(above.after, keys.stem)
),
ended as (
    select
        *,
        case when starts_with(rest, own_kind) then own_kind
             else regexp_extract(rest, '^' || kinds_of_division($digits)) end as kind
    from begun
),
judged as materialized (
    select
        * exclude (is_loose),
        substring(rest, length(kind) + 1) as behind,
        $digits < 12 or ends_village(behind) as has_end,
        kind <> own_kind as is_varied,
        kind_of_division($digits, kind) <> kind_of_division($digits, own_kind)
            and not (kind = '' and ends_with(stem, '村') and kind_of_division($digits, own_kind) = '村') as is_changed
    from ended
),
counted as (
    select
        * exclude (liberties, variance),
        is_changed or is_other as is_loose,
        liberties + is_changed::integer + is_other::integer + (not has_end)::integer as liberties,
        case when is_changed then 0 else variance + is_varied::integer end as variance
    from judged
)
select
    id,
    code,
    min(case when $tells then words || '|' || stem || kind end) as words,
    any_value(stem) as stem,
    any_value(kind) as kind,
    ltrim(behind, ',') as after,
    liberties,
    min(variance) as variance,
    $becomes as reading,
    is_loose,
    is_moved,
    min(first_edition) as first_edition,
    max(last_edition) as last_edition
from counted
where case
        when not is_changed then true
        when length(stem) < 2 then false
        when kind <> '' then $digits > 2 and not is_other
        else not $skips and ($digits = 12 or not is_said_again and not is_other_name($digits, behind)) end
    and case
        when $digits < 12 then true
        when kind = '村' and starts_with(behind, '民') then false
        when has_end then true
        when length(stem) >= 2 and ends_with(kind, '会') then true
        when length(stem) >= 2 and kind <> '' and starts_with(behind, stem) and is_said_twice(behind[length(stem) + 1:]) then true
        else (kind <> '' or ends_with(stem, '村')) and length(stem) >= 2 and lies_in_village(behind) end
    and not ($skips and kind = '' and own_kind <> '')
group by id, code, behind, liberties, is_loose, is_moved, span;
