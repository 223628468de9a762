-- Grain: one row per shop and month whose sales may differ from the fold before: what the current versions of the touched
-- orders give now, less what those of before gave. Contract 3, sales. Input: touched_versions.
create or replace temp table changed_months as
select
    shop_id,
    date_trunc('month', paid_at)::date as sales_month,
    sum(case when is_current then amount - refunded_amount else refunded_amount - amount end)::decimal(38, 2) as sales,
    sum(case when is_current then 1 else -1 end)::bigint as transactions
from (
    select
        *,
        was_live and version_rank = min(version_rank) filter (where was_live) over (partition by transaction_id) as was_current,
        is_live and version_rank = min(version_rank) filter (where is_live) over (partition by transaction_id) as is_current
    from ranked_versions('touched_versions')
)
where counts_as_sale(status) and was_current <> is_current
group by shop_id, sales_month;
