-- Grain: one row per wanted code and target edition whose code stands in any edition: the edition to start from, the
-- nearest that has the code (of two, the older). Contract 2, "Addresses". Inputs: wanted (code, target), divisions.
create or replace temp table starts as
select code, nearest as edition, target
from (
    select wanted.code, target, least(greatest(target, first_edition), last_edition) as nearest
    from wanted
    join divisions using (code)
)
qualify row_number() over (partition by code, target order by abs(nearest - target), nearest) = 1;
