-- Grain: one row per year and place on a published list: the deepest division of the year's edition that it names, null
-- where there is none. Contract 5, list_match. Inputs: listed_places, resolved_addresses.
create or replace temp table listed_codes as
select year, place, listed_places.edition, code
from listed_places
left join resolved_addresses on resolved_addresses.address = place and resolved_addresses.edition = listed_places.edition;
