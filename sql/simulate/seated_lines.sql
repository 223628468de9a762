-- Grain: one row per line whose township of 2016 is a seat, while it lies in it: codes of later editions are null from the
-- first that lies elsewhere. `number`: its place in a fixed order, by which the seed shuffles. Inputs: lines, seats.
create or replace temp table seated_lines as
with kept as (
    select
        lines.* exclude (code_2017, code_2018, code_2019, code_2020),
        seat,
        realm,
        case when code_2017[1:9] = seat[2] then code_2017 end as code_2017,
        case when code_2017[1:9] = seat[2] and code_2018[1:9] = seat[3] then code_2018 end as code_2018,
        case when code_2017[1:9] = seat[2] and code_2018[1:9] = seat[3] and code_2019[1:9] = seat[4] then code_2019 end as code_2019,
        case when code_2017[1:9] = seat[2] and code_2018[1:9] = seat[3] and code_2019[1:9] = seat[4]
            and code_2020[1:9] = seat[5] then code_2020 end as code_2020
    from lines
    join seats on seat[1] = code_2016[1:9]
)
select row_number() over (order by code_2016) as number, kept.*
from kept
where len(listed_in) > 0 or (is_rural and code_2020 is not null);
