-- Grain: one row per statistical year and deepest place that a shop which the rulebook looks at was found in, null where it
-- was not: what these shops alone give. Contract 3; every metric of a village, township, county, province or year adds up
-- from here. `shops` counts every shop, the other metrics are over the rulebook's platforms. Households are grouped before
-- they are counted: half the price of count(distinct).
-- Input: rule_shops (shop_year with is_active, in_sales, in_village_shops, in_active_shops).
create or replace temp table place_measures as
with household_shops as (
    select year, place_code, household_id, count(*) as shops
    from rule_shops
    where is_active and in_village_shops and place_code is not null
    group by year, place_code, household_id
), households as (
    select
        year,
        place_code,
        (count(household_id) + coalesce(sum(shops) filter (where household_id is null), 0))::bigint as ecommerce_households
    from household_shops
    group by year, place_code
), measured as (
    select
        year,
        place_code,
        coalesce(sum(sales) filter (where in_sales), 0)::decimal(38, 2) as sales,
        coalesce(sum(transactions) filter (where in_sales), 0)::bigint as transactions,
        count(*) as shops,
        count(*) filter (where is_active and in_active_shops) as active_shops,
        count(*) filter (where is_active and in_village_shops) as village_active_shops
    from rule_shops
    group by year, place_code
)
select measured.*, coalesce(ecommerce_households, 0) as ecommerce_households
from measured
left join households using (year, place_code);
