-- Grain: one row per statistical year that may hold an order: its window, its last day, and where its last three months
-- begin. Contract 2, "Statistical year". Filled from the calendar.
create or replace temp table windows (
    year integer,
    first_day date,
    end_day date,
    last_day date,
    last_3_months_from date
);
