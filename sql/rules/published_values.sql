-- Grain: one row per published figure, in words of the census: its metric and place, where the census has the metric, and how
-- the figure is compared. Contract 5, headline; reconciliation.
-- A row of the table of metrics for one place goes before that for all; a metric without any is looked for under its own name. What stands alone between commas in the
-- brackets that end the unit says how the figure is meant: `>` more_than, `at least` at_least, `nearly` nearly, `about`
-- rounded; else the table of metrics does. `decimals` is where a figure was rounded: at its last digit, but at the last that
-- is no zero where it is rounded or nearly so (negative: before the point).
-- Inputs: file $path (data/reference/published-figures.csv), published_metrics.
create or replace temp table published_values as
with figures as (
    select
        position,
        told,
        year,
        value,
        unit,
        source,
        coalesce(regexp_extract(told, '^[^=]*\.(province|city|county)=.+$', 1), '') as level,
        if(level = '', coalesce(told, ''), regexp_extract(told, '^([^=]*)\.', 1)) as metric,
        if(level = '', '', regexp_extract(told, '=(.+)$', 1)) as place,
        list_transform(
            string_split(regexp_extract(coalesce(unit, ''), '\(([^()]*)\)\s*$', 1), ','), lambda word: lower(trim(word))
        ) as words
    from (
        select * exclude (metric), metric as told, row_number() over () as position
        from read_csv($path, header = true, auto_detect = false, quote = '"', columns = {
            'year': 'INTEGER', 'metric': 'VARCHAR', 'value': 'VARCHAR', 'unit': 'VARCHAR', 'source': 'VARCHAR'})
    )
)
select
    position,
    figures.year,
    figures.metric,
    level,
    place,
    value as written,
    value::double as value,
    unit,
    coalesce(source, '') as source,
    if(published_metrics.metric is not null, source_table,
       case level when '' then 'headline' when 'province' then 'province_year' else 'county_year' end) as source_table,
    if(published_metrics.metric is not null, census_metric, figures.metric) as census_metric,
    codes,
    reason,
    case when list_has_any(words, ['>', 'over', 'more than']) then 'more_than'
         when list_has_any(words, ['>=', 'at least']) then 'at_least'
         when list_has_any(words, ['nearly', 'almost']) then 'nearly'
         when list_has_any(words, ['about', 'around', '~']) then 'rounded'
         else coalesce(precision, 'exact') end as compared_as,
    case when contains(value, '.') then length(split_part(value, '.', 2))
         when compared_as in ('rounded', 'nearly') and value::double > 0 then -length(regexp_extract(value, '0*$'))
         else 0 end::integer as decimals
from figures
left join published_metrics
    on published_metrics.metric in (told, if(level = '', figures.metric, figures.metric || '.' || level))
    and figures.year between first_year and last_year
qualify row_number() over (partition by position order by published_metrics.metric = told desc nulls last) = 1;
