-- A moment from 2003 to 2099, else null. Contract 1: dates outside are invalid (bounds after conversion).
create or replace macro time_within(v) as
    case when v >= timestamp '2003-01-01' and v < timestamp '2100-01-01' then v end;
