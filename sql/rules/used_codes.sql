-- Grain: one row per village or township of an edition that has a placed shop in a year of that edition, or village that
-- is on a published list. Inputs: placed_codes, listed_codes.
create or replace temp table used as
select code, edition
from placed_codes
where length(code) = 12
union
select code[1:9], edition
from placed_codes
where length(code) >= 9
union
select code, edition
from listed_codes
where length(code) = 12;
