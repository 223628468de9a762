-- Grain: one row per village of the world whose code and names, down from the province's, are the same in all editions: its
-- address in words, in full. Inputs: world_villages, seated_lines, all_divisions.
create or replace temp table village_words as
with standing as (
    select code, name from all_divisions where first_edition = 2016 and last_edition >= 2020
)
select line, province.name || prefecture.name || county.name || township.name || village.name as address
from world_villages
join seated_lines on number = line
join standing as village on village.code = code_2016
join standing as township on township.code = code_2016[1:9]
join standing as county on county.code = code_2016[1:6]
join standing as prefecture on prefecture.code = code_2016[1:4]
join standing as province on province.code = code_2016[1:2]
where code_2020 = code_2016
    and code_2017 = code_2016
    and code_2018 = code_2016
    and code_2019 = code_2016
    and regexp_full_match(village.name, '\p{Han}+(村委会|村民委员会)')
    and ends_with(prefecture.name, '市')
    and not ends_with(township.name, '街道');
