-- Grain: one row per shop and month with a counted order, as shop_month. Contract 3, sales. Input: shop_month.
select shop_id, sales_month, sales, transactions
from shop_month
