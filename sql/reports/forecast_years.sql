-- Grain: one row per rulebook, series and year: the census's own final figures, and the published ones, which follow the standard
-- of AliResearch. Where published sources disagree, the figure of published_figures stands. Contract 5, forecast.
-- Inputs: headline, published_figures, $published (the rulebook whose standard the published lists follow).
select rulebook, metric as series, year, value
from headline
where metric in ('taobao_villages', 'taobao_towns', 'jobs') and not is_provisional and value is not null
union all
select $published, 'published_' || metric, year, published_value
from published_figures
where metric in ('taobao_villages', 'taobao_towns', 'jobs')
order by all;
