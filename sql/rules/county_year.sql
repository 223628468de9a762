-- Grain: one row per statistical year, rulebook and county. Contract 5, county_year.
-- Inputs: county_verdicts, place_names, $rulebook.
insert into county_year
select
    year,
    $rulebook,
    code,
    name,
    province_code,
    province,
    taobao_villages,
    taobao_towns,
    sales,
    transactions,
    active_shops,
    population,
    case when is_super then 'super' when is_large then 'large' when is_cluster then 'cluster' end
from county_verdicts
join place_names using (code, edition);
