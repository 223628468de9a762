-- Grain: one row per division code, name and unbroken run of editions. Contract 2, "Divisions". Input: held_divisions.
create or replace temp view all_divisions as
from held_divisions;
