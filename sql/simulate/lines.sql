-- Grain: one row per village that the simulation may use, a line: it stands in every edition from 2016 to 2020 and goes on
-- alone from each to the next; a village of the published lists may end before, its later codes are null.
-- `is_rural`: a village committee in all editions; `listed_in`: the years of the lists that it is on. Inputs: village_steps, listed (year, code in 2016).
create or replace temp table lines as
with chained as (
    select a.code as code_2016, a.next_code as code_2017, c.code as code_2018, d.code as code_2019, d.next_code as code_2020
    from village_steps as a
    left join village_steps as b on b.edition = 2017 and b.code = a.next_code
    left join village_steps as c on c.edition = 2018 and c.code = b.next_code
    left join village_steps as d on d.edition = 2019 and d.code = c.next_code
    where a.edition = 2016
), named as (
    select code, list_sort(list(distinct year)) as years from listed group by code
)
select
    chained.*,
    code_2016[10:12] between '200' and '399' and code_2020[10:12] between '200' and '399' as is_rural,
    coalesce(named.years, []::integer[]) as listed_in
from chained
left join named on named.code = code_2016
where code_2020 is not null or named.code is not null;
