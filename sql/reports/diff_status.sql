-- Grain: one row per statistical year, rulebook and village or township that gained or lost the status between two snapshots.
-- Parameters: $year, $rulebook, null = all. Input: diff_places.
select
    year, rulebook, kind, code, place, county,
    case when has_it then 'gained' else 'lost' end as status,
    old_sales, new_sales, old_active_shops, new_active_shops, cause, files
from diff_places
where had_it <> has_it and (year = $year or $year is null) and (rulebook = $rulebook or $rulebook is null)
order by year, rulebook, kind desc, status, code;
