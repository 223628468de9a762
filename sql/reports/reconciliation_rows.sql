-- Grain: one row per published figure and rulebook, those that differ first. Parameters: $year, $rulebook, null = all.
-- Contract 5, headline. Input: reconciliation.
select
    year,
    rulebook,
    metric,
    place,
    published_value,
    published_unit,
    census_value,
    difference,
    ratio,
    verdict,
    reason,
    compared_as,
    is_disputed,
    note,
    published_source
from reconciliation
where (year = $year or $year is null) and (rulebook = $rulebook or $rulebook is null)
order by
    list_position(['differs', 'reproduced', 'not_reproducible'], verdict), year, rulebook, metric, place, published_source;
