-- Grain: one row per year and metric of the nation with a published figure. A metric that headline has is called as there, but
-- what was only expected of a year keeps its own name. Where sources disagree, the figure that most of them give, else that of
-- the first source in the file, stands, and `published_source` names every source and figure. Input: published_values.
create or replace temp table published_figures as
with figures as (
    select
        year,
        if(source_table = 'headline' and reason is distinct from 'forecast', census_metric, metric) as metric,
        written,
        source,
        position
    from published_values
    where level = ''
), counted as (
    select *, count(*) over (partition by year, metric, written) as sources
    from figures
)
select
    year,
    metric,
    arg_max(written, (sources, -position))::double as published_value,
    string_agg(case when agreeing = 1 then source else written || ': ' || source end, '; ' order by position)
        as published_source
from (select *, count(distinct written) over (partition by year, metric) as agreeing from counted)
group by year, metric;
