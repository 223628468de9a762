-- Grain: one row per address that was asked for and edition: what it resolves to there, the names of this and of what is
-- above it, the edition in which the words were found, the words level by level, and what they leave unread. Contract 2,
-- "Addresses". Inputs: addresses, resolved_addresses, address_readings, named, texts, all_divisions.
with best as (
    select address, target, arg_min(words, rank) as words, arg_min(edition, rank) as found_in
    from address_readings
    group by all
),
furthest as (
    select
        address,
        arg_max(words, length(code) * 100 - liberties) as words,
        arg_max(after, length(code) * 100 - liberties) as unread
    from texts
    join named using (id)
    where reading = 0
    group by address
),
levels as (
    select address, edition, unnest(list_distinct([code[:2], code[:4], code[:6], code[:9], code])) as code
    from resolved_addresses
),
places as (
    select address, edition, string_agg(name, ' ' order by length(levels.code)) as place
    from levels
    join all_divisions as division on division.code = levels.code and edition between first_edition and last_edition
    where not (length(levels.code) = 4 and (name in ('市辖区', '县') or contains(name, '直辖县级')))
    group by all
)
select
    addresses.address,
    addresses.target as edition,
    resolved.code,
    place,
    found_in,
    trim(replace(coalesce(best.words, furthest.words), '|', ' ')) as words,
    furthest.unread
from addresses
left join resolved_addresses as resolved on resolved.address = addresses.address and resolved.edition = addresses.target
left join places on places.address = addresses.address and places.edition = addresses.target
left join best on best.address = addresses.address and best.target = addresses.target
left join furthest on furthest.address = addresses.address
order by all;
