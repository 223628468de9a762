-- Grain: one row per file that is held. Contract 1, "Nothing is lost".
select "table", path, held_reason
from source_file
where held_reason is not null
order by "table", path
limit 200;
