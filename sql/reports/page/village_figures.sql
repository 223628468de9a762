-- Grain: one row per village, statistical year and rulebook, of the $most villages that come first: those that ever had the status
-- or lost it, then by their largest sales. `newest_code` is the code that the village is found by. Contract 5, village_status.
with wanted as (
    select
        village_id,
        arg_max(village_code, year) as newest_code,
        bool_or(is_taobao_village) as has_status,
        max(sales) as largest
    from village_status
    group by village_id
    order by has_status desc, largest desc, village_id
    limit $most
)
select
    newest_code,
    year,
    rulebook,
    case when village_code = newest_code then null else village_code end as code,
    (sales * 100)::bigint as fen,
    transactions,
    shops,
    active_shops,
    ecommerce_households,
    households,
    round(household_share * 10000)::bigint as share,
    is_taobao_village::tinyint
        + 2 * (case when met_unit then 2 when not met_unit then 1 else 0 end)
        + 6 * (case when met_sales then 2 when not met_sales then 1 else 0 end)
        + 18 * (case when met_shops then 2 when not met_shops then 1 else 0 end)
        + 54 * (case when met_households then 2 when not met_households then 1 else 0 end) as verdicts,
    change
from village_status
join wanted using (village_id)
order by newest_code, year, rulebook;
