-- DuckDB's own cast of a text, `fast`, is not strict ('12.345' becomes 12.35): it stands only where it spells the text
-- again. One test per kind of column; the kind's bounds are part of it. Null where either is null.
create or replace macro is_exact_id(fast, x) as fast > 0 and fast::varchar = x;
create or replace macro is_exact_positive(fast, x) as fast > 0 and fast::varchar = x;
create or replace macro is_exact_count(fast, x) as fast >= 0 and fast::varchar = x;
create or replace macro is_exact_year(fast, x) as fast between 2003 and 2099 and fast::varchar = x;
create or replace macro is_exact_money(fast, x) as fast >= 0 and fast::varchar = x;
create or replace macro is_exact_refund(fast, x) as fast >= 0 and fast::varchar = x;
create or replace macro is_exact_time(fast, x) as
    fast >= timestamp '2003-01-01' and fast < timestamp '2100-01-01' and fast::varchar = x;
create or replace macro is_exact_date(fast, x) as fast >= date '2003-01-01' and fast < date '2100-01-01' and fast::varchar = x;
create or replace macro is_exact_status(fast, x) as fast is not null;
create or replace macro is_exact_platform(fast, x) as fast is not null;
create or replace macro is_exact_shop_type(fast, x) as fast is not null;
create or replace macro is_exact_village_code(fast, x) as regexp_full_match(x, '[0-9]{12}');
create or replace macro is_exact_county_code(fast, x) as regexp_full_match(x, '[0-9]{6}');
-- A text stands for itself where cleaning would not change it: printable ASCII, no blank at its ends, no wrapping, no null.
create or replace macro is_exact_text(fast, x) as
    regexp_full_match(x, '[!-&(-<>-~](?:[ -~]*[!-~])?') and x not in ('NULL', 'null', '\N');
