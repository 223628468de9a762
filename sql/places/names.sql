-- Grain: one row per used code and edition: its name in the nearest edition that has the code (of two, the older).
-- Inputs: used (code, edition), divisions.
create or replace temp table names as
select code, edition, name
from (
    select used.code, used.edition, name, least(greatest(edition, first_edition), last_edition) as nearest
    from used
    join divisions using (code)
)
qualify row_number() over (partition by code, edition order by abs(nearest - edition), nearest) = 1;
