-- Grain: one row per year and place on a published list, with the year's edition. Contract 5, list_match; contract 2,
-- "Edition for a statistical year": the newest that is not newer, else the oldest. Inputs: lists, editions.
create or replace temp table listed_places as
select
    year,
    place,
    coalesce((select max(edition) from editions where edition <= year), (select min(edition) from editions)) as edition
from (select distinct year, place from lists);
