-- Grain: one row per address that is a code, edition in which it is wanted (target), and code that it could mean: itself, its
-- township, its county. Contract 2, "Addresses". Input: addresses.
create or replace temp table coded_addresses as
select address, target, unnest(list_distinct([address, address[1:9], address[1:6]])) as code
from addresses
where regexp_full_match(address, '[0-9]{6}|[0-9]{9}|[0-9]{12}');
