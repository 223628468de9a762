-- Grain: one row per statistical year and village with a placed shop that had a counted order. Contract 3.
-- `shops` counts every such shop; the other metrics are over the rulebook's platforms.
-- Inputs: rule_shops (shop_year with is_active, in_sales, in_village_shops), years, figures.
create or replace temp table village_measures as
select
    measured.year,
    edition,
    measured.code,
    unit_type_of(measured.code) as unit_type,
    sales,
    transactions,
    shops,
    active_shops,
    ecommerce_households,
    figure as households,
    false as is_added
from (
    select
        year,
        village_code as code,
        coalesce(sum(sales) filter (where in_sales), 0)::decimal(38, 2) as sales,
        coalesce(sum(transactions) filter (where in_sales), 0)::bigint as transactions,
        count(*) as shops,
        count(*) filter (where is_active and in_village_shops) as active_shops,
        count(distinct household_id) filter (where is_active and in_village_shops)
            + count(*) filter (where is_active and in_village_shops and household_id is null) as ecommerce_households
    from rule_shops
    where village_code is not null
    group by year, village_code
) as measured
join years using (year)
left join figures on figures.year = measured.year and figures.code = measured.code;
