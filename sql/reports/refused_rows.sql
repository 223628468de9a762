-- Grain: one row per row in quarantine whose text holds a place's code: what one may miss there.
-- Parameter: $code. Contract 1, nothing is lost. Input: quarantine.
select "table", path, line, reasons
from quarantine
where contains(raw, $code)
order by "table", path, line;
