-- Grain: one row per address in words, edition in which it is wanted, and reading that names a county, township or village,
-- with the edition in which the names were found: rank is the smaller the better, by depth, liberties, nearness of the edition
-- (of two, the older), words left over, and variance. $tells: also readings that name less than the
-- deepest. Contract 2, "Addresses". Inputs: unknown_addresses, texts, named.
create or replace temp table address_readings as
with deepest as (
    select id, max(length(code)) as digits
    from named
    where reading = 0 and (length(code) = 12 or not is_moved)
    group by id
)
select
    id,
    address,
    target,
    code,
    edition,
    words,
    liberties,
    ((((12 - length(code)) * 100 + liberties) * 10000 + abs(edition - target) * 2 + (edition > target)::integer) * 100000
        + least(length(after), 999) * 100 + variance)::bigint as rank
from (
    select *, least(greatest(target, first_edition), last_edition) as edition
    from unknown_addresses
    join texts using (address)
    join named using (id)
    join deepest using (id)
    where reading = 0 and (length(code) = 12 or length(code) >= 6 and not is_moved) and ($tells or length(code) = digits)
);
