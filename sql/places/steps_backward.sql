-- Grain: one row per edition and code into which codes of the edition before ran by `successions`: previous_code, null
-- where there are several. Contract 2: backwards only to a single predecessor; a code that stood before without a row
-- of its own is its own predecessor too. Inputs: successions, divisions.
create or replace temp table steps_backward as
with predecessors as (
    select edition, new_code as code, old_code as previous_code
    from successions
    union
    select rows.edition, rows.new_code, rows.new_code
    from successions as rows
    join divisions on divisions.code = rows.new_code and rows.edition - 1 between first_edition and last_edition
    anti join successions as own on own.edition = rows.edition and own.old_code = rows.new_code
)
select edition, code, case when count(*) = 1 then min(previous_code) end as previous_code
from predecessors
group by edition, code;
