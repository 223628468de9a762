-- Grain: one row per rulebook and metric of headline, of two consecutive statistical years that are final: the later over the
-- earlier. Few villages jump by chance: from 20 on.
-- Input: headline.
select
    'headline' as table_name,
    later.year || ' ' || rulebook || ': ' || metric || ' over those of the year before' as what,
    later.value / earlier.value as jump
from headline as later
join (select year + 1 as year, rulebook, metric, value, is_provisional from headline) as earlier using (year, rulebook, metric)
where metric in ('taobao_villages', 'taobao_towns', 'village_sales', 'rural_sales')
    and not later.is_provisional and not earlier.is_provisional
    and earlier.value >= 20;
