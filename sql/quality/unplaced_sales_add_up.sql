-- Grain: one row per statistical year in which the addresses of unplaced do not add up to the shops without a village.
-- Contract 5, headline, unplaced_sales. Expected: no row.
select year, told.shops, told.sales, counted.shops, counted.sales
from (select year, sum(shops) as shops, sum(sales) as sales from unplaced group by year) as told
full join (
    select year, count(*) as shops, sum(sales) as sales from shop_year where village_code is null group by year
) as counted using (year)
where (told.shops, told.sales) is distinct from (counted.shops, counted.sales);
