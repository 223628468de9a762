-- Grain: one row per order of the month (as 201906), the slot-th month (0 to 11) of its statistical year: its shop, its number
-- there, and its bits. Beyond the base there are `rate` orders a weight, and so exactly as many as
-- planned, since each shop begins where the one before ends: which shops have them goes by the weights, `turn` shifts it.
-- Every 25th is updated later, every 200th of April corrected, whatever its bits, so that those are found without drawing.
-- `course`, to 9999, decides what else becomes of it. Input: year_shops; variables month, slot, start and seconds (of the month),
-- rate, turn, seed.
create or replace temp view month_orders as
with counted as (
    select
        position,
        mean_fen,
        case kind when 'active' then (getvariable('slot') >= 9)::bigint
                  when 'young' then (getvariable('slot') = 11)::bigint * 2
                  when 'outside' then (getvariable('slot') = outside_slot)::bigint
                  else 0 end as base,
        (floor(weight_to * getvariable('rate') + getvariable('turn'))
            - floor(weight_from * getvariable('rate') + getvariable('turn')))::bigint as beyond
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
    (position * 7 + number * 3 + getvariable('month')) % 25 = 0 as is_updated,
    (position * 7 + number * 3) % 200 = 101 and not is_updated and getvariable('slot') = 9 as is_corrected,
    is_beyond and course < 200 and not is_updated and not is_corrected as is_never_paid,
    course,
    is_beyond,
    greatest(1, mean_fen * (5000 + (more_bits // 10000 % 10001)::bigint) // 10000) as fen,
    created + 600 + (xor(bits, more_bits) % (9 * 86400))::bigint as updated
from timed;
