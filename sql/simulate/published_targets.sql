-- Grain: one row per year and metric with a published figure, the nation's as headline calls it, a place's as `metric.level=place`.
-- Where sources disagree on a place, the figure that most of them give stands, else that of the first source in the file.
-- Inputs: published_figures, published_values (sql/rules/).
select year, metric, published_value as value from published_figures
union all
select year, metric || '.' || level || '=' || place, arg_max(value, (sources, -position))
from (select *, count(*) over (partition by year, metric, level, place, value) as sources from published_values where level <> '')
group by year, metric, level, place
order by year, metric;
