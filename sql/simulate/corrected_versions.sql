-- Grain: one row per order of a month that was first delivered with a wrong amount, now with the right one. Input: month_orders.
select
    transaction_id,
    shop_id,
    make_timestamp(created * 1000000) as paid_at,
    yuan(fen) as amount,
    null::decimal(18, 2) as refunded_amount,
    'TRADE_FINISHED' as status,
    make_timestamp((updated + 40 * 86400) * 1000000) as updated_at
from month_orders
where is_corrected
order by created, transaction_id
