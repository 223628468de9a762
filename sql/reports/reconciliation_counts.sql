-- Grain: one row per rulebook, verdict and reason: how many published figures have it. Parameters: $year, $rulebook, null = all.
-- Contract 5, headline. Input: reconciliation.
select rulebook, verdict, reason, count(*) as figures
from reconciliation
where (year = $year or $year is null) and (rulebook = $rulebook or $rulebook is null)
group by rulebook, verdict, reason
order by rulebook, list_position(['differs', 'reproduced', 'not_reproducible'], verdict), reason;
