-- Grain: one row per village or township of a status table that lacks its name. Expected: no row.
select year, rulebook, village_code as code from village_status where village is null or village_id is null
union all
select year, rulebook, township_code from township_status where township_id is null;
