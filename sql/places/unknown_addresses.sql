-- Grain: one row per address in words and edition in which it is wanted (target) that no earlier run has looked up.
-- Contract 2, "Addresses". Inputs: addresses, known_addresses.
create or replace temp table unknown_addresses as
select address, target
from addresses
anti join known_addresses using (address, target)
where regexp_matches(address, '[^0-9]');
