-- Grain: one row per address, code or words, edition in which it is wanted (target), and division that it could mean, with
-- the edition to start from. Contract 2, "Addresses". Inputs: coded_addresses, starts, named_addresses.
create or replace temp table address_divisions as
select address, target, edition, code
from coded_addresses
join starts using (code, target)
union all
select address, target, edition, code
from named_addresses;
