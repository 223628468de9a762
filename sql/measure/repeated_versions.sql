-- Grain: one row per version of an order of the bucket that may have several; orders that only share a hash are told apart
-- by outdated_months. Contract 1, "Which version wins".
-- Inputs: orders, repeated_hashes.
create or replace temp view repeated_versions as
from orders
semi join repeated_hashes on repeated_hashes.id_hash = order_hash(orders.transaction_id);
