-- Grain: one row per raw table and reason: rows in quarantine that break the rule; a row may break several. Contract 1.
select "table", unnest(string_split(reasons, ';')) as reason, count(*) as rows
from quarantine
group by "table", reason
order by rows desc, "table", reason
limit 200;
