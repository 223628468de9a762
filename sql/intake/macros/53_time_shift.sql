-- What an offset at the end of a time takes from it so that it reads as Asia/Shanghai (UTC+8 throughout).
create or replace macro time_shift(t) as
    case when ends_with(t, 'Z') then interval 8 hours
         when regexp_matches(t, ':.*[+-][0-9]{2}:[0-9]{2}$')
         then interval 8 hours
              - case when t[-6] = '-' then -1 else 1 end
                * to_minutes(t[-5:-4]::bigint * 60 + t[-2:]::bigint)
         else interval 0 hours end;
