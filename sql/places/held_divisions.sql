-- Grain: as all_divisions, in memory: words are compared with all names several times. Contract 2, "Divisions".
-- Input: all_divisions.
create or replace temp table held_divisions as
from all_divisions;
