-- Grain: one row per rulebook, statistical year and province with a Taobao village or town. Contract 5, province_year.
select rulebook, year, province_code, province, taobao_villages as villages, taobao_towns as towns, sales
from province_year
where taobao_villages > 0 or taobao_towns > 0
order by rulebook, year, villages desc, province_code;
