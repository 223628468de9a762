-- Grain: one row per rulebook and published figure: the census's own value, and whether it is the published one; none where
-- the census covers no year. Contract 5, headline.
-- A figure is compared in the precision in which it was published: an `exact` or `rounded` one is the census's value, rounded
-- as it was; one that is `nearly` so is larger besides; `more_than` and `at_least` are lower bounds. Compared are decimals: the
-- doubles of headline hold counts, yuan and fen whole, and shares to nine decimals and more. Where several reasons keep a figure
-- from being reproduced, the first counts. A province is found by the beginning of its name.
-- Inputs: published_values, years, headline, province_year, county_year, village_status, rulebook_provinces (the province that
-- a rulebook looks at, null = all).
insert into reconciliation
with amounts as (
    select 'province_year' as source_table, rulebook, year, province_code as code, taobao_villages, taobao_towns, sales,
           transactions, active_shops
    from province_year
    union all
    select 'county_year', rulebook, year, unnest([county_code, county_code[1:4]]), taobao_villages, taobao_towns, sales,
           transactions, active_shops
    from county_year
), of_places as (
    select source_table, rulebook, year, code, metric, sum(amount)::double as value
    from (
        from (
            select * replace (
                taobao_villages::decimal(38, 2) as taobao_villages, taobao_towns::decimal(38, 2) as taobao_towns,
                transactions::decimal(38, 2) as transactions, active_shops::decimal(38, 2) as active_shops)
            from amounts
        )
        unpivot (amount for metric in (taobao_villages, taobao_towns, sales, transactions, active_shops))
    )
    group by all
), provinces_called as (
    select place, 'province' as level, any_value(province_code) as province_code
    from (select distinct place from published_values where level = 'province')
    join (select distinct province_code, province from province_year) on starts_with(province, place)
    group by place
    having count(distinct province_code) = 1
), of_nation as (
    select 'headline' as source_table, rulebook, year, metric, value from headline
    union all
    select 'province_year', rulebook, year, 'provinces_with_towns', count(*) filter (where taobao_towns > 0)
    from rulebook_provinces
    cross join years
    left join province_year using (rulebook, year)
    group by rulebook, year
    union all
    select
        'county_year',
        rulebook,
        year,
        'cluster_share',
        sum(taobao_villages) filter (where cluster_tier is not null)::double / nullif(sum(taobao_villages), 0)::double
    from rulebook_provinces
    cross join years
    left join county_year using (rulebook, year)
    group by rulebook, year
    union all
    select 'village_status', rulebook, year, 'active_shops', coalesce(sum(active_shops) filter (where is_taobao_village), 0)
    from rulebook_provinces
    cross join years
    left join village_status using (rulebook, year)
    group by rulebook, year
    union all
    select 'village_status', rulebook, year, census_metric, count(*) filter (where is_taobao_village and sales > amount)
    from rulebook_provinces
    cross join years
    cross join (
        select distinct
            census_metric,
            regexp_extract(census_metric, '^villages_with_sales_over_(\d+)$', 1)::decimal(38, 2) as amount
        from published_values
        where source_table = 'village_status' and starts_with(census_metric, 'villages_with_sales_over_')
    )
    left join village_status using (rulebook, year)
    group by rulebook, year, census_metric
), asked as (
    select
        published_values.* exclude (codes),
        rulebook,
        province,
        is_provisional,
        years.year is not null as is_covered,
        level <> '' or codes is not null as is_of_places,
        if(level = 'province' and codes is null, [province_code], codes) as codes
    from published_values
    cross join rulebook_provinces
    left join years using (year)
    left join provinces_called using (place, level)
    where exists (from years)
), summed as (
    select position, rulebook, sum(of_places.value) as value
    from (
        select position, rulebook, year, source_table, census_metric as metric, unnest(codes) as code from asked where is_of_places
    )
    join of_places using (rulebook, year, source_table, metric, code)
    group by position, rulebook
), judged as (
    select
        asked.*,
        asked.is_of_places and asked.source_table in ('province_year', 'county_year')
            and census_metric in ('taobao_villages', 'taobao_towns', 'sales', 'transactions', 'active_shops') as is_of_tables,
        level <> '' and summed.value is not null or level = '' and province is null as is_looked_at,
        case when not is_covered or not is_looked_at then null
             when not asked.is_of_places then of_nation.value
             when is_of_tables then coalesce(summed.value, 0) end as census_value,
        case when asked.reason is not null then asked.reason
             when not is_covered then 'year_not_covered'
             when not is_of_tables and of_nation.metric is null then 'no_metric'
             when not is_looked_at then 'place_not_covered'
             when census_value is null then 'no_value'
             when is_provisional then 'provisional_year' end as obstacle,
        try_cast(if(abs(census_value) < 1000000, census_value, null) as decimal(37, 9)) as of_small,
        coalesce(of_small, try_cast(try_cast(census_value as decimal(38, 2)) as decimal(37, 9)))::decimal(38, 9)
            as exact_census_value,
        exact_census_value >= lowest and (highest is null or exact_census_value <= highest) as is_reproduced
    from asked
    left join summed using (position, rulebook)
    left join of_nation
        on not is_of_places and of_nation.rulebook = asked.rulebook and of_nation.year = asked.year
        and of_nation.source_table = asked.source_table and of_nation.metric = census_metric
)
select
    year,
    rulebook,
    metric,
    place,
    source,
    value,
    unit,
    census_value,
    round(exact_census_value - exact_value, 6)::double,
    case when obstacle is not null then 'not_reproducible' when is_reproduced then 'reproduced' else 'differs' end,
    obstacle,
    compared_as,
    census_value / nullif(value, 0),
    is_disputed,
    note
from judged;
