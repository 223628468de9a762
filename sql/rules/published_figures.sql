-- Grain: one row per year and headline metric with a published figure. Where sources disagree, the figure that most of
-- them give, else that of the first source in the file, stands, and `published_source` names every source and figure.
-- Input: file $path (data/reference/published-figures.csv), metric names as published.
create or replace temp table published_figures as
with figures as (
    select
        year,
        case metric when 'provinces_with_villages' then 'provinces'
                    when 'counties_with_villages' then 'counties'
                    when 'clusters_ge10' then 'clusters'
                    when 'clusters_large' then 'large_clusters'
                    when 'clusters_super' then 'super_clusters'
                    when 'population_covered' then 'counties_population'
                    when 'villages_six_coastal_provinces' then 'coastal_villages'
                    else metric end as metric,
        value,
        source,
        position
    from (
        select *, row_number() over () as position
        from read_csv($path, header = true, auto_detect = false, quote = '"', columns = {
            'year': 'INTEGER', 'metric': 'VARCHAR', 'value': 'VARCHAR', 'unit': 'VARCHAR', 'source': 'VARCHAR'})
    )
), counted as (
    select *, count(*) over (partition by year, metric, value) as sources
    from figures
)
select
    year,
    metric,
    arg_max(value, (sources, -position))::double as published_value,
    string_agg(case when agreeing = 1 then source else value || ': ' || source end, '; ' order by position)
        as published_source
from (select *, count(distinct value) over (partition by year, metric) as agreeing from counted)
group by year, metric;
