-- Whether a line holds nothing but blanks, and so is no record. Contract 1, "Records".
create or replace macro is_blank(line) as regexp_full_match(line, '[\s\x0b\x1c-\x1f\x85\p{Z}]*');
