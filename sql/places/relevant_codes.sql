-- Grain: one row per code that a run can meet: the codes of addresses and figures, the divisions above them, and all that
-- these became or came from. Everything after works on these alone. Inputs: coded_addresses, named_addresses,
-- village_figures, county_figures, successions.
create or replace temp table relevant_codes as
with recursive met as (
    (
        select code from coded_addresses
        union
        select code from named_addresses
        union
        select village_code from village_figures
        union
        select county_code from county_figures
    )
    union
    select nearby.code
    from met
    left join successions as new on new.old_code = met.code
    left join successions as old on old.new_code = met.code
    cross join unnest([new.new_code, old.old_code, met.code[1:9], met.code[1:6], met.code[1:2]]) as nearby(code)
    where nearby.code is not null
)
select code from met;
