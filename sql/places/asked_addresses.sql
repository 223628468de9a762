-- Grain: one row per address that someone asks for and edition in which it is wanted (target): the edition for a statistical
-- year ($year), or every edition where it is null. Contract 2, "Edition for a statistical year". Inputs: asked, editions.
create or replace temp table addresses as
select address, edition as target
from asked
cross join editions
where $year is null
    or edition = coalesce((select max(edition) from editions where edition <= $year), (select min(edition) from editions));
