-- The naive Asia/Shanghai moment that a cleaned text tells, else null. Contract 1, "Timestamps".
create or replace macro time_of(t) as
    case when regexp_full_match(t, '[0-9]{13}')
         then time_within(make_timestamp(t::bigint * 1000) + interval 8 hours)
         when regexp_full_match(t, '(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日)(?:(?:\s+|T)(?:[0-9]|[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?)?')
         then time_within(
              try_cast(regexp_replace(regexp_replace(regexp_replace(t,
                  '^([0-9]{4}).([0-9]{1,2}).([0-9]{1,2})日?', '\1-\2-\3'),
                  '(?:Z|(:.*)[+-][0-9]{2}:[0-9]{2})$', '\1'),
                  '(?:\s+|T)', ' ') as timestamp)
              + time_shift(t)) end;
