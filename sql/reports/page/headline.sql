-- Grain: one row per rulebook, statistical year and metric of the headline. Contract 5, headline.
select rulebook, year, metric, value, unit, published_value, published_source, is_provisional
from headline
order by rulebook, year, metric;
