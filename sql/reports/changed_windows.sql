-- Grain: one row per statistical year whose window has other months than that of the year before. Contract 2, "Statistical year".
-- Input: years.
select year
from (
    select
        year,
        (year(first_day) - year, month(first_day), year(end_day) - year, month(end_day)) as months,
        lag(months) over (order by year) as months_before
    from years
)
where months is distinct from months_before and months_before is not null
order by year;
