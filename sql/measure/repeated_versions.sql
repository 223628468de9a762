-- Grain: one row per version of an order of the bucket that may have several. Contract 1, "Which version wins".
-- Inputs: orders, repeated_orders.
create or replace temp view repeated_versions as
from orders
semi join repeated_orders on repeated_orders.id_hash = order_hash(orders.transaction_id);
