-- Grain: one row per candidate: its identity and how its status changed. Contract 5, `change`: by the identity, also
-- where two codes of one year share it. Inputs: candidates, identities, status_years.
create or replace temp table changes as
select
    candidates.year,
    candidates.code,
    identities.identity,
    case when has_status and before.year is not null then 'retained'
         when has_status and first_year < candidates.year then 'returned'
         when has_status then 'new'
         when before.year is not null and now.year is null then 'lost' end as change
from candidates
join identities using (code, edition)
left join status_years as before on before.identity = identities.identity and before.year = candidates.year - 1
left join status_years as now on now.identity = identities.identity and now.year = candidates.year
left join (select identity, min(year) as first_year from status_years group by identity) as history
    on history.identity = identities.identity;
