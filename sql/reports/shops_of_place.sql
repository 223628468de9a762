-- Grain: one row per shop placed in a village or township in a statistical year, the largest first, with what rulebooks ask of it.
-- Parameters: $year, $code, $last_day (the year's end). Contract 5, shop_year. Input: shop_year.
select
    shop_id,
    platform,
    opened_on,
    closed_on,
    $last_day::date - opened_on as days_open,
    closed_on is null or closed_on > $last_day::date as open_at_year_end,
    sales,
    transactions,
    transactions_last_3_months
from shop_year
where year = $year and (village_code = $code or township_code = $code)
order by sales desc, shop_id;
