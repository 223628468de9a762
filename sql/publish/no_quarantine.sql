-- Grain: none; there are no quarantined rows. Contract 5, quarantine.
create or replace temp view quarantine as
select null::varchar as "table", null::varchar as path, null::varchar as sha256, null::bigint as line, null::varchar as raw,
       null::varchar as reasons
where false;
