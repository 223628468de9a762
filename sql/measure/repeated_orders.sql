-- Grain: one row per order and version of it after its first. Contract 1, "Which version wins": only orders with several
-- versions need ordering. Sorting the ids alone costs half of grouping by them. Input: orders (every accepted version of
-- every live content).
create or replace temp table repeated_orders as
select transaction_id
from (select transaction_id, lag(transaction_id) over (order by transaction_id) as id_before from orders)
where transaction_id = id_before;
