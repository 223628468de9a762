-- Grain: one row per code that a run can meet: the codes of addresses, of places of rows that it carries, and of figures, the
-- divisions above them, and all that these became or came from. Everything after works on these alone. Inputs:
-- coded_addresses, named_addresses, carried_codes, village_figures, county_figures, successions.
create or replace temp table relevant_codes as
with recursive links as materialized (
    select old_code as code, new_code as linked
    from successions
    union all
    select new_code, old_code
    from successions
),
met as (
    select distinct unnest([code, left(code, 9), left(code, 6), left(code, 2)]) as code
    from (
        select code from coded_addresses
        union
        select code from named_addresses
        union
        select code from carried_codes
        union
        select village_code from village_figures
        union
        select county_code from county_figures
    )
    union
    select unnest([linked, left(linked, 9), left(linked, 6), left(linked, 2)])
    from met
    join links using (code)
)
select code from met;
