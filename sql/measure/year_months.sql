-- Grain: one row per statistical year and month in it. Contract 2: windows are whole months and may overlap.
-- Input: years.
create or replace temp table year_months as
select year, sales_month::date as sales_month, sales_month >= last_3_months_from as is_in_last_3
from (select year, last_3_months_from, unnest(range(first_day, end_day, interval 1 month)) as sales_month from years);
