-- A float as its shortest decimal form, whole numbers as digits. Contract 1, "Parquet and xlsx".
create or replace macro double_text(v) as
    case when isfinite(v) and v = trunc(v) and abs(v) < 1e19 then try_cast(v as hugeint)::varchar else v::varchar end;
