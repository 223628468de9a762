-- Whether what follows a village's name that is said a second time leaves it the same village, or a part of it: 大田村大田村,
-- 花岩村花岩场. No 丁楼村丁楼东村, which may be another village. Contract 2, "Addresses": never guess.
create or replace macro is_said_twice(behind) as not regexp_matches(behind,
    '^[东西南北中上下前后大小新老一二三四五六七八九十]');
