-- The yuan that a cleaned text tells, decimal(18,2); else null. Two decimals at most, none of them rounded away.
create or replace macro money_of(t) as
    case when regexp_full_match(t, '¥?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)([.][0-9]{1,2})?元?')
              and length(split_part(regexp_replace(t, '[¥,元]', '', 'g'), '.', 1)) <= 16
         then try_cast(regexp_replace(t, '[¥,元]', '', 'g') as decimal(18, 2)) end;
