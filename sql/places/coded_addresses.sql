-- Grain: one row per address that is a code, edition in which it is wanted, and division that it could mean (itself, its
-- township, its county), with the edition to start from. Contract 2, "Addresses". Inputs: shop_addresses, starts.
create or replace temp table coded_addresses as
select address, target, starts.edition, code
from (
    select address, edition as target, unnest(list_distinct([address, address[1:9], address[1:6]])) as code
    from (
        select distinct address, edition
        from shop_addresses
        where regexp_full_match(address, '[0-9]{6}|[0-9]{9}|[0-9]{12}')
    )
)
join starts using (code, target);
