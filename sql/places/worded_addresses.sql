-- Grain: one row per address that does not begin with a digit, as codes do: its words, without blanks. Contract 2,
-- "Addresses". Input: addresses.
create or replace temp table worded_addresses as
select distinct address, regexp_replace(address, '[\s\p{Z}]', '', 'g') as words
from addresses
where address < '0' or address >= ':';
