-- Grain: one row per order of a month as it was first delivered; those that a later file corrects have ten times their amount.
-- Input: month_orders.
select
    transaction_id,
    shop_id,
    case when not is_never_paid then make_timestamp(created * 1000000) end as paid_at,
    yuan(case when is_corrected then fen * 10 else fen end) as amount,
    null::decimal(18, 2) as refunded_amount,
    case when is_never_paid then 'TRADE_CLOSED_BY_TAOBAO'
         when is_updated then 'WAIT_BUYER_CONFIRM_GOODS'
         when course < 900 then 'TRADE_BUYER_SIGNED'
         when course < 1200 then 'WAIT_BUYER_CONFIRM_GOODS'
         else 'TRADE_FINISHED' end as status,
    make_timestamp(updated * 1000000) as updated_at
from month_orders
order by created, transaction_id
