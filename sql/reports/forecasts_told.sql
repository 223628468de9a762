-- Grain: one row per published forecast: the series that it is about, the year in which it was made, the year it is of. Contract 5,
-- forecast. Input: published_figures, where a forecast of a metric is the metric METRIC.forecast_made_YEAR.
select
    'published_' || split_part(metric, '.', 1) as series,
    split_part(metric, '.', 2) as model,
    right(metric, 4)::integer as made_in,
    year,
    published_value as value
from published_figures
where regexp_full_match(metric, '(taobao_villages|taobao_towns|jobs)\.forecast_made_[0-9]{4}')
order by all;
