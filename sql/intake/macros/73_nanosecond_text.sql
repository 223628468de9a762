-- A timestamp with nanoseconds; one that microseconds cannot hold is marked as no value of any column.
create or replace macro nanosecond_text(v) as
    case when epoch_ns(v) % 1000 = 0 then v::timestamp::varchar else not_text(v) end;
