-- Grain: one row per rulebook, statistical year and county with a Taobao village or town. Contract 5, county_year.
select rulebook, year, county_code, county, province, taobao_villages as villages, taobao_towns as towns
from county_year
where taobao_villages > 0 or taobao_towns > 0
order by rulebook, year, county_code;
