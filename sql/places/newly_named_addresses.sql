-- Grain: as named_addresses, of addresses that no earlier run has looked up. Contract 2, "Addresses": the deepest division
-- named, with the fewest liberties, in the nearest edition that has it (of two, the older); several candidates mean the
-- division above them: what the first and the last code of several share, all of them share. Codes of a rank are of one
-- length. Input: address_readings.
insert into named_addresses
with best as (
    select id, target, min(rank) as rank
    from address_readings
    group by all
),
meant as (
    select any_value(address) as address, target, edition, min(code) as code, max(code) as last_code
    from address_readings
    semi join best using (id, target, rank)
    group by id, target, edition
)
select address, target, edition, left(code, digits)
from meant
cross join (values (12), (9), (6)) as level(digits)
where digits <= length(code) and left(code, digits) = left(last_code, digits);
