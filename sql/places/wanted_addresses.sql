-- Grain: one row per code that an address could mean and edition in which it is wanted. Contract 2, "Addresses".
-- Input: coded_addresses.
create or replace temp table wanted as
select distinct code, target
from coded_addresses;
