-- Grain: one row: the newest statistical year of which the figures are final, null where none is. Input: headline.
select max(year) as year
from headline
where not is_provisional;
