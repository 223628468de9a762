-- Grain: one row per shop and month for which outdated versions of the touched orders give something else than in the fold
-- before: what they give now, less what they gave. Contract 3, sales. Input: touched_versions.
select
    shop_id,
    date_trunc('month', paid_at)::date as sales_month,
    sum(case when is_outdated then amount - refunded_amount else refunded_amount - amount end)::decimal(38, 2) as sales,
    sum(case when is_outdated then 1 else -1 end)::bigint as transactions
from (
    select
        *,
        was_live and version_rank > min(version_rank) filter (where was_live) over (partition by transaction_id) as was_outdated,
        is_live and version_rank > min(version_rank) filter (where is_live) over (partition by transaction_id) as is_outdated
    from ranked_versions('touched_versions')
)
where counts_as_sale(status) and was_outdated <> is_outdated
group by shop_id, sales_month
