-- Grain: one row per rulebook, statistical year and headline metric, where there is a published figure to set beside it, or
-- which counts places. Contract 5, headline. Input: headline.
select rulebook, year, metric, value, published_value, published_source
from headline
where published_value is not null or metric in ('taobao_villages', 'taobao_towns')
order by rulebook, year desc, metric;
