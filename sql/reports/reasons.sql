-- Grain: one row per combination of reasons: how many rows are in quarantine for it. Input: quarantine.
select reasons, count(*) as rows
from quarantine
group by reasons
order by reasons;
