-- Whether an order is of the bucket that is being folded: variables bucket (from 0) and buckets.
create or replace macro order_is_in_bucket(transaction_id) as
    getvariable('buckets') = 1
    or order_hash(transaction_id) % getvariable('buckets')::uinteger = getvariable('bucket')::uinteger;
