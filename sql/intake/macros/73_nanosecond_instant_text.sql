-- An instant with nanoseconds, as instant_text; one that microseconds cannot hold is marked as no value of any column.
create or replace macro nanosecond_instant_text(v) as
    case when epoch_ns(v) % 1000 = 0 then (make_timestamp(epoch_ns(v) // 1000) + interval 8 hours)::varchar
         else not_text(v) end;
