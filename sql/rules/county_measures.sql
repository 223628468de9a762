-- Grain: one row per statistical year and county with a placed shop that had a counted order. Contract 5, county_year.
-- Inputs: place_measures, years, village_verdicts, township_verdicts, figures.
create or replace temp table county_measures as
select
    measured.year,
    edition,
    measured.code,
    coalesce(taobao_villages, 0) as taobao_villages,
    coalesce(taobao_towns, 0) as taobao_towns,
    sales,
    transactions,
    active_shops,
    figure as population
from (
    select
        year,
        place_code[1:6] as code,
        sum(sales)::decimal(38, 2) as sales,
        sum(transactions)::bigint as transactions,
        sum(active_shops)::bigint as active_shops
    from place_measures
    where place_code is not null
    group by year, code
) as measured
join years using (year)
left join figures on figures.year = measured.year and figures.code = measured.code
left join (
    select year, code[1:6] as code, count(*) as taobao_villages from village_verdicts where has_status group by all
) as villages
    on villages.year = measured.year and villages.code = measured.code
left join (
    select year, code[1:6] as code, count(*) as taobao_towns from township_verdicts where has_status group by all
) as towns
    on towns.year = measured.year and towns.code = measured.code;
