-- Grain: one row per shop that sells in $year: its position, its base orders' kind, its mean amount, and the part of all weights
-- (from, to) that decides its orders beyond the base; the first shops of a cohort have twice the average, the last hardly any.
-- Inputs: cohorts, cohort_years.
create or replace temp table year_shops as
with opened as (
    select cohorts.*, weight_before, weight, mean_fen, unnest(range(shops)) as nth
    from cohorts
    join cohort_years using (cohort)
    where year = $year
)
select
    first_position + nth as position,
    case when kind = 'young' and first_year < $year then 'active' else kind end as kind,
    mean_fen,
    (weight_before + weight * (2 * shops * nth - nth * nth) // shops)::double as weight_from,
    (weight_before + weight * (2 * shops * (nth + 1) - (nth + 1) * (nth + 1)) // shops)::double as weight_to,
    drawn(first_position + nth, $year) % 12 as outside_slot
from opened;
