-- Grain: one row per place and edition whose name is wanted: what codes are followed to, counties with a placed shop, what
-- published lists and shops without a village name, and all divisions above them.
-- Inputs: identities, placed_codes, listed_codes, unplaced_shops.
create or replace temp table used as
select distinct unnest([code, code[1:9], code[1:6], code[1:2]]) as code, edition
from (
    select code, edition from identities
    union
    select code[1:6], edition from placed_codes
    union
    select code, edition from listed_codes where code is not null
    union
    select code, edition from unplaced_shops where code is not null
);
