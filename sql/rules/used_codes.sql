-- Grain: one row per code and edition among the candidates. Input: candidates (year, edition, code, has_status).
create or replace temp table used as
select distinct code, edition
from candidates;
