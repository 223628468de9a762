-- Grain: one row per township of the newest code of a village or township that is told of in any year: its names, and the codes (last
-- three digits) and names of its villages, joined by line breaks. Contract 5, village_status, township_status.
with villages as (
    select village_code, village, township_code, township, county_code, county, province_code, province, year
    from village_status
    qualify row_number() over (partition by village_id order by year desc, rulebook) = 1
), townships as (
    select township_code, township, county_code, county, province_code, province, year
    from township_status
    qualify row_number() over (partition by township_id order by year desc, rulebook) = 1
    union all
    select township_code, township, county_code, county, province_code, province, year
    from villages
), named as (
    select distinct on (township_code) township_code, township, county_code, county, province_code, province
    from townships
    order by township_code, year desc, township
), joined as (
    select
        township_code,
        string_agg(village_code[10:], chr(10) order by village_code, village) as codes,
        string_agg(replace(left(village, 200), chr(10), ' '), chr(10) order by village_code, village) as villages
    from (select distinct village_code, first(village order by year desc, village) as village, township_code from villages group by all)
    group by township_code
)
select named.township_code, left(township, 200), county_code, left(county, 200), province_code, left(province, 200), codes, villages
from named
left join joined using (township_code)
order by named.township_code;
