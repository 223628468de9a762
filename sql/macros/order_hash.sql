-- Thirty-two bits of an order's id, evenly spread: equal for the versions of an order, and now and then for other orders.
create or replace macro order_hash(transaction_id) as (hash(transaction_id) >> 32)::uinteger;
