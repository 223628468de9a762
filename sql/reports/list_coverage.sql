-- Grain: one row per year and province of the places on published lists: how many there are, how many of them name a village,
-- and how many of these villages have the status in the year, a column a rulebook: null where nothing could be compared.
-- Parameter: $year, null = all. Contract 5, list_match. Input: list_match.
select
    year,
    coalesce(province, 'unknown') as province,
    count(*) as listed,
    count(village_code) as villages,
    sum(columns('^in_')::integer) as '\0'
from list_match
where year = $year or $year is null
group by all
order by year, min(province_code) nulls last, province;
