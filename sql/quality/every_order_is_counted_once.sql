-- Grain: one row per statistical year whose shops do not add up: shop_year and the sales of unknown shops against the
-- sales of all shops in the year's months. Contract 5: exact figures, nothing lost. Expected: no row.
select years.year, counted.sales, told.sales
from years
left join (
    select year, sum(sales_months.sales) as sales, sum(sales_months.transactions) as transactions
    from sales_months
    join years on sales_month >= first_day and sales_month < end_day
    group by year
) as counted using (year)
left join (
    select year, sum(sales) as sales, sum(transactions) as transactions
    from (
        select year, sales, transactions from shop_year
        union all
        select year, sales, transactions from orphaned_years
    )
    group by year
) as told using (year)
where (counted.sales, counted.transactions) is distinct from (told.sales, told.transactions);
