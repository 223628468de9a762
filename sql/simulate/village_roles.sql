-- Grain: one row per year and village that sells in the plan: `Taobao village`, or `filler`, one without the status in a town.
-- The villages of that year's list (of the nearest) come first, then those on most lists, then as the seed shuffles them.
-- Inputs: seated_lines, numbered_seats (number, seat), wanted (year, seat, villages, fillers), $seed.
with editions as (
    select
        year,
        numbered_seats.number as seat_number,
        villages,
        fillers,
        line.number as line,
        list_contains(line.listed_in, least(greatest(year, 2014), 2016))::integer * 3 + len(line.listed_in) as listed,
        drawn(line.number, $seed) as lot
    from wanted
    join numbered_seats on numbered_seats.number = wanted.seat
    join seated_lines as line on line.seat = numbered_seats.seat
    where case when year <= 2016 then true when year = 2017 then code_2017 is not null when year = 2018 then code_2018 is not null
               when year = 2019 then code_2019 is not null else code_2020 is not null and is_rural end
), ranked as (
    select *, row_number() over (partition by year, seat_number order by listed desc, lot, line) as place from editions
)
select year, seat_number, line, case when place <= villages then 'Taobao village' else 'filler' end as role
from ranked
where place <= villages + fillers
order by year, line;
