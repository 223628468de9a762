-- Grain: one row per version of an order of the bucket that may have several; orders that only share a hash are told apart
-- by outdated_months. Contract 1, "Which version wins". Those of other buckets are left out first: that costs less than to
-- look for them. Inputs: orders, repeated_hashes.
create or replace temp view repeated_versions as
from (from orders where order_is_in_bucket(transaction_id)) as orders_of_bucket
semi join repeated_hashes on repeated_hashes.id_hash = order_hash(orders_of_bucket.transaction_id);
