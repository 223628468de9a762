-- Grain: one row per year and place on a published list: the divisions that it names, and the rulebooks under which its
-- village has the status in the year, null where it is no village or the year is not covered. Contract 5, list_match.
-- Inputs: listed_codes, identities, place_names, years, village_status.
create or replace temp table listed_villages as
select
    listed_codes.year,
    place,
    case when length(code) = 12 then code end as village_code,
    case when length(code) = 12 then identity end as village_id,
    case when length(code) = 12 then name end as village,
    case when length(code) >= 9 then township_code end as township_code,
    case when length(code) >= 9 then township end as township,
    county_code,
    county,
    province_code,
    province,
    case when length(code) = 12 and years.year is not null then coalesce(having_it.rulebooks, []) end as rulebooks
from listed_codes
left join identities using (code, edition)
left join place_names using (code, edition)
left join years on years.year = listed_codes.year
left join (
    select year, village_code, list(rulebook) as rulebooks
    from village_status
    semi join (select year, code as village_code from listed_codes) as listed using (year, village_code)
    where is_taobao_village
    group by year, village_code
) as having_it
    on having_it.year = listed_codes.year and having_it.village_code = code;
