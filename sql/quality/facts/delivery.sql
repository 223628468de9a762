-- Grain: one row about the orders of the files that came with a run, against those of the other live files that were updated in the
-- 28 days before: nulls where nothing came, or there is nothing to compare with. Parameter: $today, the day of the run in
-- Asia/Shanghai. Inputs: arrived_orders, other_orders.
with arrived as (
    select
        count(*) as orders,
        count(distinct updated_at::date) as days,
        max(updated_at) as newest,
        quantile_disc(amount, 0.5)::double as median,
        quantile_disc(amount, 0.99)::double as high,
        (count(*) filter (where refunded_amount is null))::double / nullif(count(*), 0) as unrefunded,
        (count(*) filter (where counts_as_sale(status)))::double / nullif(count(*), 0) as sold
    from arrived_orders
), before as (
    select
        count(*) as orders,
        count(distinct updated_at::date) as days,
        quantile_disc(amount, 0.5)::double as median,
        quantile_disc(amount, 0.99)::double as high,
        (count(*) filter (where refunded_amount is null))::double / nullif(count(*), 0) as unrefunded,
        (count(*) filter (where counts_as_sale(status)))::double / nullif(count(*), 0) as sold
    from other_orders
    where updated_at >= (select newest from arrived) - interval 28 day
)
select
    'delivery' as table_name,
    'orders that arrived, against the 28 days before' as what,
    (arrived.orders::double / nullif(arrived.days, 0)) / (before.orders::double / nullif(before.days, 0)) as volume,
    arrived.median / nullif(before.median, 0) as median_amount,
    arrived.high / nullif(before.high, 0) as high_amounts,
    abs(arrived.unrefunded - before.unrefunded) as null_share_change,
    abs(arrived.sold - before.sold) as status_share_change,
    date_diff('day', arrived.newest::date, $today::date) as newest_days_ago
from arrived, before;
