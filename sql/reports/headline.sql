-- Grain: one row per statistical year and rulebook: Taobao villages and towns. Input: headline.
select
    year,
    rulebook,
    max(value) filter (where metric = 'taobao_villages') as taobao_villages,
    max(value) filter (where metric = 'taobao_towns') as taobao_towns,
    bool_or(is_provisional) as is_provisional
from headline
group by year, rulebook
order by year, rulebook;
