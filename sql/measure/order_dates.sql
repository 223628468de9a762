-- Grain: one row. The newest update among the current orders (an order's current version is its newest), and the number
-- of orders dated after $latest. Contract 1, limit `future`; contract 5, is_provisional. Input: orders.
select
    max(updated_at) as newest,
    count(distinct transaction_id) filter (where updated_at > $latest) as future
from orders;
