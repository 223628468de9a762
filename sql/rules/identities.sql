-- Grain: one row per code and edition that a used code is followed to: its identity, the code of the newest edition so
-- reached. Contract 2, "One village through time": histories of a merger run into it. Input: followed.
create or replace temp table identities as
select distinct code, edition, identity
from followed
join (select origin, start, arg_max(code, edition) as identity from followed group by origin, start) using (origin, start);
