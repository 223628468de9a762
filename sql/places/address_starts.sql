-- Grain: one row per division that an address could mean, edition to start from, and edition in which it is wanted.
-- Inputs: coded_addresses, named_addresses.
create or replace temp table starts as
select code, edition, target from coded_addresses
union
select code, edition, target from named_addresses;
