-- Grain: one row per rulebook and village that ever had the status. Contract 5, village_history.
-- Inputs: status_years (of villages), $rulebook.
insert into village_history
select
    $rulebook,
    identity,
    min(year),
    max(year),
    count(*),
    count(*) filter (where before.year is null)
from status_years
left join (select identity, year + 1 as year from status_years) as before using (identity, year)
group by identity;
