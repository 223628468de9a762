-- Grain: one row per address, code or words, of a shop or of a published list, and edition in which it is wanted (target).
-- Contract 2, "Addresses". Inputs: shop_addresses, listed_places.
create or replace temp table addresses as
select address, edition as target
from shop_addresses
union
select place, edition
from listed_places;
