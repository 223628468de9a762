-- Grain: one row per statistical year, rulebook and province in which counties do not add up to the province.
-- Contract 3: a county's and a province's metrics take in every shop placed there. Expected: no row.
select year, rulebook, province_code, province_year.sales, counties.sales
from province_year
full join (
    select year, rulebook, province_code, sum(sales) as sales, sum(taobao_villages) as taobao_villages
    from county_year
    group by all
) as counties using (year, rulebook, province_code)
where (province_year.sales, province_year.taobao_villages) is distinct from (counties.sales, counties.taobao_villages);
