-- Grain: one row per code and edition among the candidates and the divisions above them, whose names are wanted.
-- Input: candidates.
create or replace temp table used as
select distinct unnest([code, code[1:9], code[1:6], code[1:2]]) as code, edition
from candidates;
