-- Grain: one row per division code and name that it also goes by: none. Contract 2, "Divisions".
create or replace temp view other_names as
select null::varchar as code, null::varchar as name
where false;
