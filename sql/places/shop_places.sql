-- Grain: one row per statistical year and shop that has a place. Contract 2, "A shop's place in year N": the first
-- address that resolves to a village counts; failing that, the first to a township, then to a county.
-- A rank is smaller for more digits, then for a smaller priority (1 to 3). Inputs: shop_addresses, resolved_addresses.
create or replace temp table shop_places as
select year, shop_id, arg_min(code, rank) as code, arg_min(placed_by, rank) as placed_by
from (
    select year, shop_id, code, placed_by, priority - 10 * length(code) as rank
    from shop_addresses
    join resolved_addresses using (address, edition)
)
group by year, shop_id;
