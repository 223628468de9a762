-- Grain: one row per county code that stands in no edition and code that it became: none. Contract 2, "Divisions".
create or replace temp view former_codes as
select null::varchar as code, null::varchar as new_code
where false;
