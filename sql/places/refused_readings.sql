-- Grain: one row per address that was asked for, edition, and division that it could also have meant, with why it does not:
-- the five that came nearest. Contract 2, "Addresses". Inputs: address_readings, resolved_addresses, all_divisions.
with best as (
    select address, target, min(rank) as best_rank, arg_min(code, rank) as best_code, arg_min(liberties, rank) as best_liberties
    from address_readings
    group by all
),
refused as (
    select address, target, code, arg_min(edition, rank) as edition, arg_min(words, rank) as words, min(rank) as rank,
           arg_min(liberties, rank) as liberties
    from address_readings
    group by address, target, code
)
select
    address,
    target as edition,
    refused.code,
    (select string_agg(distinct name, ' / ') from all_divisions as division
     where division.code = refused.code and refused.edition between first_edition and last_edition) as name,
    refused.edition as found_in,
    trim(replace(words, '|', ' ')) as words,
    case when rank = best_rank then 'as good as another: the level above them counts'
         when length(refused.code) < length(best_code) then 'names less'
         when liberties > best_liberties then 'farther from the words'
         when refused.edition <> target then 'of an edition farther away'
         else 'leaves more unread' end as why
from refused
join best using (address, target)
left join resolved_addresses as resolved using (address)
where (resolved.edition is null or resolved.edition = target)
    and refused.code is distinct from resolved.code
    and (rank = best_rank or not starts_with(best_code, refused.code))
qualify row_number() over (partition by address, target order by rank, refused.code) <= 5
order by address, target, rank, refused.code;
