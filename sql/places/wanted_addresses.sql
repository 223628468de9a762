-- Grain: one row per division code that an address could mean (itself, its township, its county) and edition in which it
-- is wanted. Contract 2, "Addresses". Input: shop_addresses.
create or replace temp table wanted as
select distinct unnest([code for code in [address[1:12], address[1:9], address[1:6]] if length(code) in (6, 9, 12)]) as code, edition as target
from (
    select distinct address, edition
    from shop_addresses
    where regexp_full_match(address, '[0-9]{6}|[0-9]{9}|[0-9]{12}')
);
