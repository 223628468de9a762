-- Grain: one row per township that can be followed as one through the editions 2016 to 2020, a seat: its five codes, and
-- the five of its county (realm), such as most lines of each of these codes have. Input: lines.
create or replace temp table seats as
with counted as (
    select
        [code_2016[1:9], code_2017[1:9], code_2018[1:9], code_2019[1:9], code_2020[1:9]] as seat,
        list_transform(seat, lambda code: code[1:6]) as realm,
        count(*) as n
    from lines
    where code_2020 is not null
    group by all
), realms as (
    select realm, sum(n) as n from counted group by realm
), main_realms as (
    select realm
    from (select realm, n, unnest(realm) as code, generate_subscripts(realm, 1) as edition from realms)
    qualify row_number() over (partition by edition, code order by n desc, realm) = 1
), main_seats as (
    select seat
    from (select seat, n, unnest(seat) as code, generate_subscripts(seat, 1) as edition from counted)
    qualify row_number() over (partition by edition, code order by n desc, seat) = 1
)
select seat, realm
from counted
join (select seat from main_seats group by seat having count(*) = 5) using (seat)
join (select realm from main_realms group by realm having count(*) = 5) using (realm);
