-- Grain: as named_addresses, of addresses that no earlier run has looked up. Contract 2, "Addresses": the deepest division
-- named, with the fewest liberties, in the nearest edition that has it (of two, the older); several candidates mean the
-- division above them. Input: address_readings.
insert into named_addresses
with meant as (
    from address_readings
    semi join (select id, target, min(rank) as rank from address_readings group by all) using (id, target, rank)
)
select address, target, edition, any_value(code[:digits]) as code
from meant
cross join (values (12), (9), (6)) as level(digits)
where digits <= length(code)
group by id, address, target, edition, digits
having count(distinct code[:digits]) = 1;
