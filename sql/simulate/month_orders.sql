-- Grain: one row per order of the month $month (as 201906), the month $slot (0 to 11) of its statistical year: its shop, its number
-- there, and its bits. $further orders are beyond the base: which shops have them goes by the weights, $turn shifts it.
-- `course` decides what becomes of it: to 9999. Inputs: year_shops; numbers of the month: $start (seconds), $seconds.
create or replace temp view month_orders as
with counted as (
    select
        position,
        mean_fen,
        case kind when 'active' then (getvariable('slot') >= 9)::bigint
                  when 'young' then (getvariable('slot') = 11)::bigint * 2
                  when 'outside' then (getvariable('slot') = outside_slot)::bigint
                  else 0 end as base,
        (getvariable('further') * weight_to + getvariable('turn')) // getvariable('whole')
            - (getvariable('further') * weight_from + getvariable('turn')) // getvariable('whole') as beyond
    from year_shops
), each as (
    select position, mean_fen, base, unnest(range(base + beyond)) as number
    from counted
    where base + beyond > 0
), once_drawn as (
    select *, order_bits(position, getvariable('month'), number, getvariable('seed')) as bits from each
), twice_drawn as (
    select *, mixed(bits + 1) as more_bits from once_drawn
), timed as (
    select
        *,
        number >= base as is_beyond,
        (more_bits % 10000)::integer as course,
        getvariable('start') + (bits * getvariable('seconds')::ubigint >> 32)::bigint as created
    from twice_drawn
)
select
    getvariable('month')::bigint * 10000000000000 + position * 100000 + number as transaction_id,
    100000000 + position as shop_id,
    created,
    is_beyond and course between 400 and 599 as is_never_paid,
    course < 400 as is_updated,
    course between 600 and 649 and getvariable('slot') = 9 as is_corrected,
    course,
    is_beyond,
    greatest(1, mean_fen * (5000 + (more_bits // 10000 % 10001)::bigint) // 10000) as fen,
    created + 600 + (xor(bits, more_bits) % (9 * 86400))::bigint as updated
from timed;
