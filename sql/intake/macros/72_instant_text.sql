-- An instant (timestamp with time zone) as a naive Asia/Shanghai text, UTC+8 throughout.
create or replace macro instant_text(v) as
    (make_timestamp(epoch_us(v)) + interval 8 hours)::varchar;
