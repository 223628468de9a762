-- Grain: one row per address and edition that resolves: the deepest division of the edition that it names.
-- Contract 2, "Addresses": what cannot be carried resolves to its township by prefix, then its county, likewise carried.
-- Inputs: address_divisions, carried.
create or replace temp table resolved_addresses as
select address, target as edition, arg_max(counterpart, length(code)) as code
from address_divisions
join carried using (code, edition, target)
group by address, target;
