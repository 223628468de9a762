-- Grain: one row per address that is a code, edition in which it is wanted (target), and code that it could mean: itself, its
-- township, its county; for a county code from before the editions, what it became. Contract 2, "Addresses".
-- Inputs: addresses, former_codes.
create or replace temp table coded_addresses as
with coded as (
    from addresses
    where regexp_full_match(address, '[0-9]{6}|[0-9]{9}|[0-9]{12}')
)
select address, target, unnest(list_distinct([address, address[:9], address[:6]])) as code
from coded
union all
select address, target, new_code
from coded
join former_codes on former_codes.code = address[:6];
