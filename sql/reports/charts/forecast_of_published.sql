-- Grain: one row per rulebook (the institute's), model (`known`: the published number of villages) and year, with an interval of 80 %.
-- Contract 5, forecast.
select rulebook, model, year, value, lower, upper
from forecast
where series = 'published_taobao_villages'
union all
select rulebook, 'known', year, value, null, null
from forecast_series
where series = 'published_taobao_villages'
order by rulebook, model, year;
