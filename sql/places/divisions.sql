-- Grain: one row per relevant division code, name and unbroken run of editions. Contract 2, "Divisions".
-- Inputs: all_divisions, relevant_codes.
create or replace temp table divisions as
select *
from all_divisions
semi join relevant_codes using (code);
