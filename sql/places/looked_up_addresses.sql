-- Grain: as known_addresses: one row per address in words, edition in which it is wanted (target), and division that it
-- could mean; edition and code are null for one that names nothing. Contract 2, "Addresses".
-- Inputs: addresses, named_addresses, carried_addresses (of rows that this run carries, as an earlier one kept them).
select address, target, edition, code
from addresses
left join named_addresses using (address, target)
where regexp_matches(address, '[^0-9]')
union all
select address, target, edition, code
from carried_addresses
anti join addresses using (address, target)
order by address, target, code;
