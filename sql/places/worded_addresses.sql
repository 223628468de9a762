-- Grain: one row per address that is no code: its words, without blanks. Contract 2, "Addresses". Input: shop_addresses.
create or replace temp table worded_addresses as
select distinct address, regexp_replace(address, '[\s\p{Z}]', '', 'g') as words
from shop_addresses
where not regexp_full_match(address, '[0-9]+');
