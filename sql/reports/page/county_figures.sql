-- Grain: one row per county, statistical year and rulebook, of counties that ever had a Taobao village or town. Contract 5, county_year.
select
    county_code as newest_code,
    year,
    rulebook,
    (sales * 100)::bigint as fen,
    transactions,
    active_shops,
    taobao_villages,
    taobao_towns,
    population,
    cluster_tier as tier
from county_year
semi join (select county_code from county_year where taobao_villages > 0 or taobao_towns > 0) using (county_code)
order by newest_code, year, rulebook;
