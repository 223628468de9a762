-- The values of a flat JSON object, as spelled in it: a number keeps every digit that it has.
create or replace macro json_values(flat) as
    regexp_extract_all(flat, '("(?:[^"\\]|\\.)*")\s*:\s*("(?:[^"\\]|\\.)*"|[^",\s}]+)', 2);
