-- Grain: one row per statistical year and township with a placed shop that had a counted order, also one placed at
-- township level only. Contract 3. Inputs: place_measures, years, village_verdicts.
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
        place_code[1:9] as code,
        sum(sales)::decimal(38, 2) as sales,
        sum(transactions)::bigint as transactions,
        sum(active_shops)::bigint as active_shops
    from place_measures
    where length(place_code) >= 9
    group by year, code
) as measured
join years using (year)
left join (
    select year, code[1:9] as code, count(*) as taobao_villages
    from village_verdicts
    where has_status
    group by all
) as villages
    on villages.year = measured.year and villages.code = measured.code;
