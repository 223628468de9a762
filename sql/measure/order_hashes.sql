-- Grain: one row per accepted version of an order of the bucket, as a hash of the order's id, in no order. Contract 1, "Which
-- version wins": only orders with several versions need ordering, and those are told by hashes that occur several times.
-- Input: orders (every accepted version of every live content).
select order_hash(transaction_id) as id_hash
from orders
where order_is_in_bucket(transaction_id)
