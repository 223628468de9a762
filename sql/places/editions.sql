-- Grain: one row per edition of the divisions. Contract 2, "Divisions". Input: all_divisions.
create or replace temp table editions as
select unnest(range(first, last + 1))::integer as edition
from (select min(first_edition) as first, max(last_edition) as last from all_divisions);
