-- Grain: one row per statistical year with a counted order of a shop unknown to shops/. Contract 5, headline,
-- orphaned_sales. Inputs: unknown_months, year_months.
create or replace temp table orphaned_years as
select year, sum(sales)::decimal(38, 2) as sales, sum(transactions)::bigint as transactions
from unknown_months
join year_months using (sales_month)
group by year;
