-- Grain: one row per order that has more than one version. Contract 1, "Which version wins": only these need ordering.
-- Input: orders (every accepted version of every live content).
create or replace temp table repeated_orders as
select transaction_id
from orders
group by transaction_id
having count(*) > 1;
