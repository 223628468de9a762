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
)
select
    'village_status' as table_name,
    year || ' ' || rulebook || ': sales of villages within their townships' as what,
    coalesce(sum(villages.sales - township_status.sales) filter (where villages.sales > township_status.sales), 0)::double as off
from villages
join township_status using (year, rulebook, township_code)
group by year, rulebook
union all
select
    'township_status',
    year || ' ' || rulebook || ': sales of townships within their counties',
    coalesce(sum(townships.sales - county_year.sales) filter (where townships.sales > county_year.sales), 0)::double
from townships
join county_year using (year, rulebook, county_code)
group by year, rulebook
union all
select
    'county_year',
    year || ' ' || rulebook || ': sales of counties are those of their provinces',
    coalesce(sum(abs(counties.sales - province_year.sales)), 0)::double
from counties
join province_year using (year, rulebook, province_code)
group by year, rulebook
union all
select
    'province_year',
    year || ' ' || rulebook || ': sales of provinces within those of all shops',
    greatest(provinces.sales - shops.sales, 0)::double
from provinces
join (select year, sum(sales) as sales from shop_year group by year) as shops using (year)
union all
select
    'shop_year',
    year || ' ' || rulebook || ': shops in villages are those of village_status',
    coalesce(sum(abs(told.shops - coalesce(placed.shops, 0))), 0)::double
from told
left join placed using (year, province_code)
group by year, rulebook
union all
select
    'province_year',
    year || ' ' || rulebook || ': Taobao villages are those of village_status',
    coalesce(sum(abs(province_year.taobao_villages - told.villages)), 0)::double
from province_year
join told using (year, rulebook, province_code)
group by year, rulebook;
