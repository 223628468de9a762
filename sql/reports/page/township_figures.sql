-- Grain: one row per township, statistical year and rulebook, of the $most townships that come first: those that ever had the status, then
-- by their most Taobao villages; none without. Contract 5, township_status.
with wanted as (
    select township_id, arg_max(township_code, year) as newest_code
    from township_status
    group by township_id
    having bool_or(is_taobao_town) or max(taobao_villages) > 0
    order by bool_or(is_taobao_town) desc, max(taobao_villages) desc, township_id
    limit $most
)
select
    newest_code,
    year,
    rulebook,
    case when township_code = newest_code then null else township_code end as code,
    (sales * 100)::bigint as fen,
    transactions,
    active_shops,
    taobao_villages,
    is_taobao_town::tinyint as verdicts,
    basis,
    change
from township_status
join wanted using (township_id)
order by newest_code, year, rulebook;
