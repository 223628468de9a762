-- One row per version, ranked within its order: the current version has rank 1. Contract 1, "Which version wins": the
-- greatest by (updated_at, paid_at, shop_id, amount, refunded_amount, status), nulls lowest, text by code point.
create or replace macro ranked_versions(versions) as table
select
    *,
    row_number() over (
        partition by transaction_id
        order by updated_at desc, paid_at desc nulls last, shop_id desc, amount desc, refunded_amount desc, status desc
    ) as version_rank
from query_table(versions);
