-- Grain: one row per statistical year, rulebook and headline metric whose value differs between two snapshots.
-- Parameters: $year, $rulebook, null = all. Contract 5, headline. Inputs: earlier_headline, later_headline.
select
    year, rulebook, metric,
    earlier.value as old_value,
    later.value as new_value,
    later.value - earlier.value as difference,
    coalesce(later.unit, earlier.unit) as unit
from earlier_headline as earlier
full join later_headline as later using (year, rulebook, metric)
where earlier.value is distinct from later.value and (year = $year or $year is null)
    and (rulebook = $rulebook or $rulebook is null)
order by year, rulebook, metric;
