-- Grain: one row per statistical year and place that lost its status: the code that it has in the year's edition, or, where
-- it is no more, its last code and the edition of that. Contract 5: a row for every village that lost its status: no code of
-- its identity has it, and one had it the year before. Inputs: candidates, identities, status_years, years, followed.
create or replace temp table lost_places as
with holders as (
    select candidates.code, candidates.edition, years.year, years.edition as target
    from candidates
    join identities using (code, edition)
    join years on years.year = candidates.year + 1
    anti join status_years on status_years.identity = identities.identity and status_years.year = years.year
    where has_status
)
select year, code, max(edition) as edition
from (
    select year, arg_max(followed.code, followed.edition) as code, max(followed.edition) as edition
    from holders
    join followed on origin = holders.code and start = holders.edition and followed.edition <= target
    group by year, origin, start
)
group by year, code;
