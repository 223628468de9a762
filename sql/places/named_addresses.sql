-- Grain: one row per address in words, edition in which it is wanted, and division that it could mean, with the edition
-- in which the name was found. Contract 2, "Addresses": the deepest division named, by the most words, in the nearest
-- edition that has it (of two, the older); several candidates mean the division above them.
-- Inputs: addresses, named_divisions.
create or replace temp table named_addresses as
with meant as (
    select address, target, code, edition
    from (
        select
            address,
            target,
            code,
            matched,
            least(greatest(target, first_edition), last_edition) as edition
        from addresses
        join named_divisions using (address)
    )
    qualify rank() over (
        partition by address, target
        order by length(code) desc, matched desc, abs(edition - target), edition) = 1
)
select address, target, edition, any_value(code[1:digits]) as code
from meant
cross join (values (12), (9), (6)) as level(digits)
where digits <= length(code)
group by address, target, edition, digits
having count(distinct code[1:digits]) = 1;
