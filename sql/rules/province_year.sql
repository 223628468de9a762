-- Grain: one row per statistical year, rulebook and province with a placed shop that had a counted order.
-- Contract 5, province_year. Inputs: county_measures, names (of provinces), $rulebook.
insert into province_year
select
    year,
    $rulebook,
    code[1:2],
    any_value(name),
    sum(taobao_villages)::bigint,
    sum(taobao_towns)::bigint,
    sum(sales)::decimal(38, 2),
    sum(transactions)::bigint,
    sum(active_shops)::bigint
from (select * from county_measures) as counties
left join (select code as province_code, edition, name from names where length(code) = 2) as provinces
    on provinces.province_code = code[1:2] and provinces.edition = counties.edition
group by year, code[1:2];
