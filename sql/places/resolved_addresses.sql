-- Grain: one row per address and edition that resolves: the deepest division of the edition that it names.
-- Contract 2, "Addresses": what cannot be carried resolves to its township by prefix, then its county, likewise carried.
-- Inputs: coded_addresses, named_addresses, carried.
create or replace temp table resolved_addresses as
select address, target as edition, arg_max(counterpart, length(code)) as code
from (from coded_addresses union all by name from named_addresses)
join carried using (code, edition, target)
group by address, target;
