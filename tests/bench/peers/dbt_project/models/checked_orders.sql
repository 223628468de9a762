-- Grain: one row per delivered row: its texts, and every reason why it is not accepted.
select
    *,
    concat(
        case when more is null then '' else 'fields;' end,
        case when regexp_full_match(transaction_id, '{{ var("id") }}') then '' else 'transaction_id;' end,
        case when regexp_full_match(shop_id, '{{ var("id") }}') then '' else 'shop_id;' end,
        case when (regexp_full_match(paid_at, '{{ var("time") }}') and try_cast(paid_at as timestamp) is not null)
               or (paid_at is null and not coalesce(status in {{ names(var("counted")) }}, false)) then '' else 'paid_at;' end,
        case when regexp_full_match(amount, '{{ var("money") }}') then '' else 'amount;' end,
        case when refunded_amount is null
               or (regexp_full_match(refunded_amount, '{{ var("money") }}')
                   and try_cast(refunded_amount as decimal(18, 2)) <= try_cast(amount as decimal(18, 2)))
             then '' else 'refunded_amount;' end,
        case when status in {{ names(var("statuses")) }} then '' else 'status;' end,
        case when regexp_full_match(updated_at, '{{ var("time") }}') and try_cast(updated_at as timestamp) is not null
             then '' else 'updated_at;' end
    ) as reasons
from read_csv(
    '{{ var("files") }}', header = false, skip = 1, auto_detect = false, null_padding = true, quote = '', escape = '',
    columns = { {% for column in var("columns") %}'{{ column }}': 'VARCHAR', {% endfor %}'more': 'VARCHAR' }
)
