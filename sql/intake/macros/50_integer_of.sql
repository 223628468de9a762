-- The whole number that a cleaned text tells, within bounds; else null. Digits only: 1.9E+15 is none.
create or replace macro integer_of(t, low, high) as
    case when regexp_full_match(t, '[0-9]+') and try_cast(t as bigint) between low and high
         then try_cast(t as bigint) end;
