-- Grain: one row per shop and recorded_at, valid from then until the next version of the shop; the oldest from ever.
-- Contract 1, "Which version wins": of versions with one recorded_at the greatest by the other columns, in their order.
-- Inputs: shops (every accepted version of every live content), shop_year_sales (the shops that matter).
create or replace temp table shop_versions as
select
    *,
    case when lag(recorded_at) over by_shop is null then timestamp '0001-01-01' else recorded_at end as valid_from,
    coalesce(lead(recorded_at) over by_shop, timestamp '9999-12-31') as valid_until
from (
    select *
    from shops
    semi join shop_year_sales using (shop_id)
    qualify row_number() over (
        partition by shop_id, recorded_at
        order by platform desc nulls last, shop_type desc nulls last, opened_on desc nulls last, closed_on desc nulls last,
                 registered_address desc nulls last, ship_from_address desc nulls last, receive_address desc nulls last,
                 household_id desc nulls last) = 1
)
window by_shop as (partition by shop_id order by recorded_at);
