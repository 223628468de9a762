-- Grain: one row per rulebook, statistical year and province with a placed shop that sold. Contract 5, province_year.
select rulebook, year, province_code, province, taobao_villages as villages, taobao_towns as towns
from province_year
order by rulebook, year, province_code;
