-- The keys of a flat JSON object, as spelled in it.
create or replace macro json_keys(flat) as
    regexp_extract_all(flat, '("(?:[^"\\]|\\.)*")\s*:\s*("(?:[^"\\]|\\.)*"|[^",\s}]+)', 1);
