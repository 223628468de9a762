-- Grain: one row per statistical year, rulebook and level: by how much it disagrees with the level above, or with shop_year.
-- `off` is what cannot be: what the places of a level sell over the place that they are in, in yuan; or how many shops or villages
-- are counted otherwise. Contract 3: a place's metrics take in every shop placed there.
-- Inputs: shop_year, village_status, township_status, county_year, province_year.
with villages as (
    select year, rulebook, township_code, sum(sales) as sales from village_status group by all
), townships as (
    select year, rulebook, county_code, sum(sales) as sales from township_status group by all
), counties as (
    select year, rulebook, province_code, sum(sales) as sales from county_year group by all
), provinces as (
    select year, rulebook, sum(sales) as sales from province_year group by all
), placed as (
    select year, province_code, count(*) as shops from shop_year where village_code is not null group by all
), told as (
    select year, rulebook, province_code, sum(shops) as shops, count(*) filter (where is_taobao_village) as villages
    from village_status
    group by all
), places as (
    select
        'village_status' as table_name,
        'sales of villages within their townships' as what,
        year,
        rulebook,
        greatest(villages.sales - township_status.sales, 0) as off
    from villages
    join township_status using (year, rulebook, township_code)
    union all
    select
        'township_status',
        'sales of townships within their counties',
        year,
        rulebook,
        greatest(townships.sales - county_year.sales, 0)
    from townships
    join county_year using (year, rulebook, county_code)
    union all
    select
        'county_year',
        'sales of counties are those of their provinces',
        year,
        rulebook,
        abs(counties.sales - province_year.sales)
    from counties
    join province_year using (year, rulebook, province_code)
    union all
    select
        'province_year',
        'sales of provinces within those of all shops',
        year,
        rulebook,
        greatest(provinces.sales - shops.sales, 0)
    from provinces
    join (select year, sum(sales) as sales from shop_year group by year) as shops using (year)
    union all
    select
        'shop_year',
        'shops in villages are those of village_status',
        year,
        rulebook,
        abs(told.shops - coalesce(placed.shops, 0))
    from told
    left join placed using (year, province_code)
    union all
    select
        'province_year',
        'Taobao villages are those of village_status',
        year,
        rulebook,
        abs(province_year.taobao_villages - told.villages)
    from province_year
    join told using (year, rulebook, province_code)
)
select table_name, year || ' ' || rulebook || ': ' || what as what, coalesce(sum(off), 0)::double as off
from places
group by table_name, year, rulebook, places.what;
