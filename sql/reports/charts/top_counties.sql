-- Grain: one row per rulebook, statistical year and county among the twenty with the most Taobao villages, then the most sales.
-- Contract 5, county_year.
select rulebook, year, county_code, county, province, taobao_villages as villages, taobao_towns as towns, sales
from county_year
where taobao_villages > 0
qualify row_number() over (partition by rulebook, year order by taobao_villages desc, sales desc, county_code) <= 20
order by rulebook, year, villages desc, sales desc, county_code;
