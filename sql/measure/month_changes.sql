-- Grain: several rows per shop and month, which add up to what the sales and number of its counted orders changed by since
-- the base, or, where there is none, to all of them: what every version gives that came, less what those gave that left,
-- less what outdated ones give more. Exact, since money is decimal. Contract 3: over current versions with a status that
-- counts. Inputs: come_months and gone_months (what segments know of their own), come_orders and gone_orders (of segments
-- that hold later versions than count), outdated_months.
create or replace temp view month_changes as
select shop_id, sales_month, sales, transactions from come_months
union all
select shop_id, date_trunc('month', paid_at)::date, (amount - refunded_amount)::decimal(38, 2), 1
from come_orders
where counts_as_sale(status)
union all
select shop_id, sales_month, -sales, -transactions from gone_months
union all
select shop_id, date_trunc('month', paid_at)::date, (refunded_amount - amount)::decimal(38, 2), -1
from gone_orders
where counts_as_sale(status)
union all
select shop_id, sales_month, -sales, -transactions from outdated_months;
