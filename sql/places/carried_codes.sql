-- Grain: one row per place that rows of the base are in which this run carries: its code. To be filled; a run without a
-- base has none. Contract 2, "One village through time".
create or replace temp table carried_codes (code varchar);
