-- Grain: one row per division that an address could mean, edition to start from, and edition in which it is wanted. Takes the
-- place of the starts that codes alone gave. Contract 2, "Addresses". Input: address_divisions.
create or replace temp table starts as
select distinct code, edition, target
from address_divisions;
