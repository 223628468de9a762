-- Grain: one row per order of a month that was updated later: closed and refunded (only beyond the base), refunded in part, or
-- finished. Input: month_orders.
with decided as (
    select *, is_beyond and course < 2500 as is_closed, not (is_beyond and course < 2500) and course < 6200 as is_refunded
    from month_orders
    where is_updated
)
select
    transaction_id,
    shop_id,
    make_timestamp(created * 1000000) as paid_at,
    yuan(fen) as amount,
    yuan(case when is_closed then fen when is_refunded then fen * (5 + course % 20) // 100 else 0 end) as refunded_amount,
    case when is_closed then 'TRADE_CLOSED' else 'TRADE_FINISHED' end as status,
    make_timestamp((updated + (10 + course % 25) * 86400) * 1000000) as updated_at
from decided
order by created, transaction_id
