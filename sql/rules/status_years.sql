-- Grain: one row per identity and year in which any of its codes had the status. Contract 2: a village has the status in
-- a year if any code that runs into it had it. Inputs: candidates, identities.
create or replace temp table status_years as
select distinct identity, year
from candidates
join identities using (code, edition)
where has_status;
