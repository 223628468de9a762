-- Grain: one row: shops that do not stand in a place in a statistical year and might be missed there, as far as tables tell.
-- in_township_only: their address leads to the village's township, and to no village. elsewhere: they stood in the place in
-- another year. silent: so did they, and in the year they have no counted order. orphaned_sales: of the whole census.
-- Parameters: $level, $id, $year, $township_code. Contract 5, shop_year, headline.
-- Inputs: shop_year, village_status, township_status, headline.
with codes as (
    select distinct year, village_code as code from village_status where $level = 'village' and village_id = $id
    union all
    select distinct year, township_code from township_status where $level = 'township' and township_id = $id
),
ever_here as (
    select distinct shop_id
    from shop_year
    join codes
        on codes.year = shop_year.year
        and codes.code = case when $level = 'village' then village_code else township_code end
),
this_year as (
    select
        shop_id,
        sales,
        $level = 'village' and village_code is null and township_code = $township_code as is_in_township_only,
        coalesce(case when $level = 'village' then village_code else township_code end
            in (select code from codes where year = $year), false) as is_here
    from shop_year
    where year = $year
)
select
    count(*) filter (where is_in_township_only) as in_township_only,
    coalesce(sum(sales) filter (where is_in_township_only), 0) as in_township_only_sales,
    count(*) filter (where not is_here and not is_in_township_only and shop_id in (from ever_here)) as elsewhere,
    coalesce(sum(sales) filter (where not is_here and not is_in_township_only and shop_id in (from ever_here)), 0)
        as elsewhere_sales,
    (select count(*) from ever_here where shop_id not in (select shop_id from this_year)) as silent,
    coalesce((select max(value) from headline where year = $year and metric = 'orphaned_sales'), 0)::decimal(38, 2)
        as orphaned_sales
from this_year;
