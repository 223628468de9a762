-- Grain: one row per statistical year and township with a placed shop that had a counted order, also one placed at
-- township level only. Contract 3. Inputs: rule_shops, years, village_verdicts.
create or replace temp table township_measures as
select
    measured.year,
    edition,
    measured.code,
    coalesce(taobao_villages, 0) as taobao_villages,
    sales,
    transactions,
    active_shops,
    false as is_added
from (
    select
        year,
        township_code as code,
        coalesce(sum(sales) filter (where in_sales), 0)::decimal(38, 2) as sales,
        coalesce(sum(transactions) filter (where in_sales), 0)::bigint as transactions,
        count(*) filter (where is_active and in_active_shops) as active_shops
    from rule_shops
    where township_code is not null
    group by year, township_code
) as measured
join years using (year)
left join (
    select year, code[1:9] as code, count(*) as taobao_villages
    from village_verdicts
    where has_status
    group by all
) as villages
    on villages.year = measured.year and villages.code = measured.code;
