-- Grain: one row per order of a bucket and version of it after its first, as a hash of the order's id. Contract 1, "Which
-- version wins": only orders with several versions need ordering, and numbering hashes of 32 bits costs half of grouping
-- ids; orders that only share a hash are told apart by outdated_months.
-- Input: orders (every accepted version of every live content); $bucket of $buckets.
create or replace temp table repeated_orders as
select id_hash
from (select order_hash(transaction_id) as id_hash from orders)
where id_hash % $buckets::uinteger = $bucket::uinteger
qualify row_number() over (partition by id_hash) > 1;
