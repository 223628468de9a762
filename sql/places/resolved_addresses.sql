-- Grain: one row per address and edition that resolves: the deepest division of the edition that it names.
-- Contract 2, "Addresses": what cannot be carried resolves to its township by prefix, then its county, likewise carried.
-- Inputs: shop_addresses, carried.
create or replace temp table resolved_addresses as
select address, addresses.edition, arg_max(counterpart, length(carried.code)) as code
from (
    select address, edition, unnest([address, address[1:9], address[1:6]]) as prefix
    from (select distinct address, edition from shop_addresses where regexp_full_match(address, '[0-9]{6}|[0-9]{9}|[0-9]{12}'))
) as addresses
join carried on carried.code = prefix and target = addresses.edition
group by address, addresses.edition;
