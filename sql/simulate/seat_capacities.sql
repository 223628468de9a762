-- Grain: one row per seat: its number, codes, county's codes, the villages that may be used in all editions, and in each
-- (in 2020 village committees alone), and how many it has of the published lists of 2014, 2015 and 2016. `is_urban`: a 街道 in 2016 or 2020. Inputs: seats, seated_lines, all_divisions.
with urban as (
    select code from all_divisions where length(code) = 9 group by code having bool_or(ends_with(name, '街道') or ends_with(name, '办事处'))
), measured as (
    select
        seat,
        count(*) filter (where is_rural and code_2020 is not null) as villages,
        [
            count(*), count(code_2017), count(code_2018), count(code_2019), count(code_2020) filter (where is_rural)
        ] as usable,
        [
            count(*) filter (where list_contains(listed_in, 2014)), count(*) filter (where list_contains(listed_in, 2015)),
            count(*) filter (where list_contains(listed_in, 2016))
        ] as listed
    from seated_lines
    group by seat
)
select
    row_number() over (order by seat) as number,
    seat,
    realm,
    villages,
    usable,
    listed,
    seat[1] in (from urban) or seat[5] in (from urban) as is_urban
from measured
join seats using (seat)
order by number;
