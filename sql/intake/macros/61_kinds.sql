-- What a cleaned text tells in a column of each kind; null where it is no value of it. Contract 1, "How values are read".
create or replace macro id_of(t) as integer_of(t, 1, 9223372036854775807);
create or replace macro positive_of(t) as integer_of(t, 1, 9223372036854775807);
create or replace macro count_of(t) as integer_of(t, 0, 9223372036854775807);
create or replace macro year_of(t) as integer_of(t, 2003, 2099);
create or replace macro refund_of(t) as money_of(t);
create or replace macro date_of(t) as time_of(t)::date;
create or replace macro village_code_of(t) as case when regexp_full_match(t, '[0-9]{12}') then t end;
create or replace macro county_code_of(t) as case when regexp_full_match(t, '[0-9]{6}') then t end;
-- A text that begins with NUL is the mark of a type that no column has (macro not_text).
create or replace macro text_of(t) as case when not starts_with(t, chr(0)) then t end;
-- The value that a spelling stands for in the alias table (variable enum_values: kind:folded spelling → value).
create or replace macro enum_of(kind, t) as map_extract_value(getvariable('enum_values'), kind || ':' || case when strlen(t) = length(t) then lower(t) else fold_unicode(t) end);
create or replace macro platform_of(t) as enum_of('platform', t);
create or replace macro shop_type_of(t) as enum_of('shop_type', t);
create or replace macro status_of(t) as enum_of('status', t);
