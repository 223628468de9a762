-- Grain: one row per rulebook, series of yearly villages, model (`known`: the series itself) and year, with an interval of 80 %.
-- Contract 5, forecast.
select rulebook, series, model, year, value, lower, upper
from forecast
where series in ('taobao_villages', 'published_taobao_villages')
union all
select rulebook, series, 'known', year, value, null, null
from forecast_series
where series in ('taobao_villages', 'published_taobao_villages')
order by rulebook, series, model, year;
