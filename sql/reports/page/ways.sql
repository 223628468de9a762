-- Grain: one row per rulebook, range of years, way to the status of a village and criterion of it; the threshold also as a fraction, of
-- sales in fen. Input: ways (flows/reports/near_misses.py). Contract 4.
select
    rulebook,
    first_year,
    last_year,
    way,
    criterion,
    metric,
    "over",
    op,
    threshold,
    numerator::varchar as numerator,
    denominator::varchar as denominator
from ways
order by rulebook, first_year, way, place;
