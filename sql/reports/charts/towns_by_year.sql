-- Grain: one row per rulebook and statistical year: its Taobao towns, and the published number. Contract 5, headline.
select rulebook, year, value::bigint as towns, published_value::bigint as published, is_provisional
from headline
where metric = 'taobao_towns'
order by rulebook, year;
