-- Grain: one row. The number of orders whose current version is dated after $latest. Contract 1, limit `future`.
-- Input: late_orders (of segments that hold any).
select count(distinct transaction_id) as future
from late_orders
where updated_at > $latest;
