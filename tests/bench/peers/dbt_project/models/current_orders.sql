-- Grain: one row per order: its current version.
select
    transaction_id::bigint as transaction_id,
    shop_id::bigint as shop_id,
    paid_at::timestamp as paid_at,
    amount::decimal(18, 2) as amount,
    coalesce(refunded_amount, '0.00')::decimal(18, 2) as refunded_amount,
    status,
    updated_at::timestamp as updated_at
from {{ ref("checked_orders") }}
where reasons = ''
qualify row_number() over (
    partition by transaction_id
    order by {% for column in var("version") %}{{ column }} desc nulls last{{ ", " if not loop.last }}{% endfor %}
) = 1
