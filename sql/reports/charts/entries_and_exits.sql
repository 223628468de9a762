-- Grain: one row per rulebook, statistical year and change of status: villages that gained it, had it again, or lost it.
-- Contract 5, village_status.
select rulebook, year, change, count(*) as villages
from village_status
where change in ('new', 'returned', 'lost')
group by rulebook, year, change
order by rulebook, year, change;
