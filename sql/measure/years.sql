-- Grain: one row per statistical year from the first to the last with a counted order, without gaps. Contract 2.
-- Inputs: windows (candidate years with their windows), sales_months.
create or replace temp table years as
with having_orders as (
    select year
    from windows
    where exists (from sales_months where sales_month >= first_day and sales_month < end_day)
)
select
    windows.*,
    coalesce((select max(edition) from editions where edition <= year), (select min(edition) from editions)) as edition,
    coalesce(getvariable('newest_update') < end_day::timestamp, true) as is_provisional
from windows
where year between (select min(year) from having_orders) and (select max(year) from having_orders);
