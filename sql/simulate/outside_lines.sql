-- Grain: one row per village of $seats townships in which nothing of the plan happens, two a township: where the rest of the
-- rural sales are. Inputs: seated_lines, numbered_seats (number, seat, is_urban), wanted (seat), $seed.
with free as (
    select number, seat
    from numbered_seats
    where not is_urban and number not in (select seat from wanted)
    order by drawn(number, $seed + 1), number
    limit $seats
)
select line.number
from free
join seated_lines as line on line.seat = free.seat and is_rural and code_2020 is not null
qualify row_number() over (partition by free.number order by drawn(line.number, $seed), line.number) <= 2
order by drawn(line.number, $seed + 2), line.number;
