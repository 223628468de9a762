-- Grain: one row per version of an order of which a version arrived or left: all there is and was of the order. Contract 1,
-- "Which version wins". Inputs: staying_orders (of contents live before and now), arriving_orders, leaving_orders.
create or replace temp table touched_versions as
with moving as (
    select *, false as was_live, true as is_live from arriving_orders
    union all
    select *, true as was_live, false as is_live from leaving_orders
)
from moving
union all
select *, true as was_live, true as is_live
from staying_orders
semi join moving using (transaction_id);
