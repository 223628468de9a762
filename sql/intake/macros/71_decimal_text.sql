-- A decimal without the zeros that only its scale adds.
create or replace macro decimal_text(v) as
    regexp_replace(regexp_replace(v::varchar, '([.][0-9]*?)0+$', '\1'), '[.]$', '');
