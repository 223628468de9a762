-- Grain: one row per version of an order that another version replaces. Contract 1, "Which version wins": the greatest by
-- (updated_at, paid_at, shop_id, amount, refunded_amount, status) is current, nulls lowest, text by code point.
-- Inputs: orders, repeated_orders.
create or replace temp table outdated_versions as
select shop_id, paid_at, amount, refunded_amount, status
from orders
semi join repeated_orders on repeated_orders.id_hash = order_hash(orders.transaction_id)
qualify row_number() over (
    partition by transaction_id
    order by updated_at desc, paid_at desc nulls last, shop_id desc, amount desc, refunded_amount desc, status desc) > 1;
