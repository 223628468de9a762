-- Grain: one row per statistical year and known shop with a counted order but without a village: the address that counts
-- first, if it has any, and the deepest division that this one names. Contract 2, "A shop's place in year N".
-- Inputs: placed_shop_years, shop_addresses, resolved_addresses, years; of the base unplaced_shops_before, retaken_shop_years.
create or replace temp table unplaced_shops as
with without_village as (
    select year, shop_id, sales from placed_shop_years where village_code is null
), first_addresses as (
    select year, shop_id, any_value(edition) as edition, arg_min(address, priority) as address
    from shop_addresses
    semi join without_village using (year, shop_id)
    group by year, shop_id
)
select year, shop_id, sales, first_addresses.edition, first_addresses.address, code
from without_village
left join first_addresses using (year, shop_id)
left join resolved_addresses
    on resolved_addresses.address = first_addresses.address and resolved_addresses.edition = first_addresses.edition
union all by name
select year, shop_id, sales, edition, address, code
from unplaced_shops_before
semi join years using (year)
anti join retaken_shop_years using (year, shop_id);
