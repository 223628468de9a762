-- Grain: one row per statistical year, shop and address of it that may place it; the smallest priority counts first.
-- Contract 2, "A shop's place in year N": enterprises by registered, ship-from, receive address; individuals by ship-from,
-- receive address. Input: shop_year_versions.
create or replace temp table shop_addresses as
select year, edition, shop_id, priority, placed_by, address
from (
    select year, edition, shop_id, 1 as priority, 'registered_address' as placed_by, registered_address as address
    from shop_year_versions
    where shop_type = 'enterprise'
    union all
    select year, edition, shop_id, 2, 'ship_from_address', ship_from_address
    from shop_year_versions
    union all
    select year, edition, shop_id, 3, 'receive_address', receive_address
    from shop_year_versions
)
where address is not null;
