-- Grain: one row per code that had the status in the year before one in which no code of its identity has it: where it
-- must be followed to. Contract 5: a row for every village that lost its status.
-- Inputs: candidates, identities, status_years, years.
create or replace temp table starts as
select distinct candidates.code, candidates.edition, years.edition as target, years.year
from candidates
join identities using (code, edition)
join years on years.year = candidates.year + 1
anti join status_years on status_years.identity = identities.identity and status_years.year = years.year
where has_status;
