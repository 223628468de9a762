-- Grain: one row per village of a random world, in the order of their lots. Inputs: seated_lines, $villages, $seed.
select number, code_2016[1:6] as county
from seated_lines
where is_rural and code_2020 is not null
order by drawn(number, $seed), number
limit $villages
