-- Grain: one row per rulebook, model (`known`: the census's own number of villages) and year, with an interval of 80 %. Contract 5, forecast.
select rulebook, model, year, value, lower, upper
from forecast
where series = 'taobao_villages'
union all
select rulebook, 'known', year, value, null, null
from forecast_series
where series = 'taobao_villages'
order by rulebook, model, year;
