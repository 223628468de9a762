-- Grain: one row. The number of shops whose newest version is dated after $latest. Contract 1, limit `future`.
-- Input: shop_versions.
select count(*) as future
from shop_versions
where valid_until = timestamp '9999-12-31' and recorded_at > $latest;
