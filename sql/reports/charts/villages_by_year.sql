-- Grain: one row per rulebook and statistical year: its Taobao villages, and the published number. Contract 5, headline.
select rulebook, year, value::bigint as villages, published_value::bigint as published, is_provisional
from headline
where metric = 'taobao_villages'
order by rulebook, year;
