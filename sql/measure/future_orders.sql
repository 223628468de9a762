-- Grain: one row. The number of orders whose current version is dated after $latest. Contract 1, limit `future`.
-- Input: orders.
select count(distinct transaction_id) as future
from orders
where updated_at > $latest;
