-- Grain: one row per address in words, edition in which it is wanted (target), and division that it could mean, with the
-- edition in which the name was found. Contract 2, "Addresses". Input: known_addresses.
create or replace temp table named_addresses as
select address, target, edition, code
from known_addresses
where code is not null;
