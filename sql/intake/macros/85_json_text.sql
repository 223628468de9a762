-- The text that a spelled JSON value delivers: a string's content, a number's digits; null; else marked as no value.
create or replace macro json_text(v) as
    case when v is null or v = 'null' then null
         when v in ('true', 'false') then not_text(v)
         when not starts_with(v, '"') then v
         when not contains(v, '\') then v[2:-2]
         else coalesce(try(json_extract_string(v, '$')), chr(0)) end;
