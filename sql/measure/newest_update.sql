-- Grain: one row. The newest update among the current orders: an order's current version is its newest, so this is the
-- newest of all versions. Contract 5, is_provisional. Input: undated_orders (of segments that do not tell it).
select max(updated_at) as newest
from undated_orders;
