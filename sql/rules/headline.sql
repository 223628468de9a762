-- Grain: one row per statistical year, rulebook and metric. Contract 5, headline. Village-and-town sales and active_shops
-- count each shop of a Taobao village or town once; unplaced_sales and orphaned_sales are about no place, and so the same
-- in every rulebook; rural: shops of a rural village or, lacking a village, of a township that is no 街道.
-- Inputs: years, place_measures, unplaced_shops, orphaned_years, village_verdicts, township_verdicts, county_verdicts,
-- figures, names (of townships), jobs (year, numerator, denominator), published_figures, $rulebook.
insert into headline
with measured as (
    select
        place_measures.*,
        villages.code is not null as in_taobao_village,
        villages.code is not null or towns.code is not null as in_either,
        case when length(place_code) = 12 then unit_type_of(place_code) in ('village', 'village_like')
             else length(place_code) = 9 and not coalesce(ends_with(names.name, '街道'), false) end as is_rural
    from place_measures
    join years using (year)
    left join village_verdicts as villages
        on villages.year = place_measures.year and villages.code = place_code and villages.has_status
    left join township_verdicts as towns
        on towns.year = place_measures.year and towns.code = place_code[1:9] and towns.has_status
    left join names on names.code = place_code[1:9] and names.edition = years.edition
), of_places as (
    select
        year,
        sum(sales) filter (where in_taobao_village) as village_sales,
        sum(sales) filter (where in_either) as village_and_town_sales,
        sum(sales) filter (where is_rural) as rural_sales,
        sum(transactions) filter (where in_taobao_village)::bigint as village_transactions,
        sum(active_shops) filter (where in_either)::bigint as active_shops
    from measured
    group by year
), of_villages as (
    select
        year,
        count(*) as taobao_villages,
        count(distinct code[1:2]) as provinces,
        count(distinct code[1:6]) as counties,
        count(*) filter (where code[1:2] in ('33', '44', '32', '37', '13', '35')) as coastal_villages
    from village_verdicts
    where has_status
    group by year
), of_towns as (
    select year, count(*) as taobao_towns from township_verdicts where has_status group by year
), of_populations as (
    select year, sum(figure) as counties_population
    from (select distinct year, code[1:6] as code from village_verdicts where has_status)
    join figures using (year, code)
    group by year
), of_counties as (
    select
        year,
        count(*) filter (where is_cluster or is_large or is_super) as clusters,
        count(*) filter (where is_large or is_super) as large_clusters,
        count(*) filter (where is_super) as super_clusters
    from county_verdicts
    group by year
), of_unplaced as (
    select year, sum(sales) as unplaced_sales from unplaced_shops group by year
), wide as (
    select
        year,
        is_provisional,
        coalesce(taobao_villages, 0)::double as taobao_villages,
        coalesce(taobao_towns, 0)::double as taobao_towns,
        coalesce(provinces, 0)::double as provinces,
        coalesce(counties, 0)::double as counties,
        coalesce(coastal_villages, 0)::double as coastal_villages,
        coastal_villages::double / nullif(taobao_villages, 0) as coastal_share,
        counties_population::double as counties_population,
        coalesce(village_sales, 0)::double as village_sales,
        coalesce(village_and_town_sales, 0)::double as village_and_town_sales,
        coalesce(rural_sales, 0)::double as rural_sales,
        coalesce(village_and_town_sales, 0)::double / nullif(rural_sales, 0)::double as share_of_rural_sales,
        coalesce(village_transactions, 0)::double as village_transactions,
        coalesce(active_shops, 0)::double as active_shops,
        (coalesce(active_shops, 0) * numerator)::double / denominator as jobs,
        coalesce(clusters, 0)::double as clusters,
        coalesce(large_clusters, 0)::double as large_clusters,
        coalesce(super_clusters, 0)::double as super_clusters,
        coalesce(unplaced_sales, 0)::double as unplaced_sales,
        coalesce(orphaned_years.sales, 0)::double as orphaned_sales
    from years
    left join of_places using (year)
    left join of_villages using (year)
    left join of_towns using (year)
    left join of_populations using (year)
    left join of_counties using (year)
    left join of_unplaced using (year)
    left join orphaned_years using (year)
    left join jobs using (year)
)
select year, $rulebook, metric, value, unit_of(metric), published_value, published_source, is_provisional
from (from wide unpivot include nulls (value for metric in (columns(* exclude (year, is_provisional)))))
left join published_figures using (year, metric);
