-- DuckDB's own cast of a text, `fast`, is not strict ('12.345' becomes 12.35): it stands only where it spells the text
-- again. One macro per kind of column that has a cast; the kind's bounds are part of it.
create or replace macro exact_id(fast, x) as case when fast > 0 and fast::varchar = x then fast end;
create or replace macro exact_positive(fast, x) as case when fast > 0 and fast::varchar = x then fast end;
create or replace macro exact_count(fast, x) as case when fast >= 0 and fast::varchar = x then fast end;
create or replace macro exact_year(fast, x) as case when fast between 2003 and 2099 and fast::varchar = x then fast end;
create or replace macro exact_money(fast, x) as case when fast >= 0 and fast::varchar = x then fast end;
create or replace macro exact_refund(fast, x) as case when fast >= 0 and fast::varchar = x then fast end;
create or replace macro exact_time(fast, x) as
    case when fast >= timestamp '2003-01-01' and fast < timestamp '2100-01-01' and fast::varchar = x then fast end;
create or replace macro exact_date(fast, x) as
    case when fast >= date '2003-01-01' and fast < date '2100-01-01' and fast::varchar = x then fast end;
create or replace macro exact_status(fast, x) as case when fast is not null then x end;
