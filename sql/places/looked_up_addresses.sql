-- Grain: as known_addresses: one row per address in words, edition in which it is wanted (target), and division that it
-- could mean; edition and code are null for one that names nothing. Contract 2, "Addresses". Inputs: addresses, named_addresses.
select address, target, edition, code
from addresses
left join named_addresses using (address, target)
where regexp_matches(address, '[^0-9]')
order by address, target, code;
