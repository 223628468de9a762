-- Grain: one row. The number of shops whose newest version is dated after $latest. Contract 1, limit `future`.
-- Input: shops.
select count(distinct shop_id) as future
from shops
where recorded_at > $latest;
