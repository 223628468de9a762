-- Grain: one row per shop and month that versions of orders gave which another version replaces: the parts of a fold in one.
-- Contract 3, sales. Input: outdated_months (what buckets and later folds found, to be added up).
select shop_id, sales_month, sum(sales)::decimal(38, 2) as sales, sum(transactions)::bigint as transactions
from outdated_months
group by shop_id, sales_month
having sum(transactions) <> 0
