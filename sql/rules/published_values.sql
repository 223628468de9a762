-- Grain: one row per published figure, in words of the census: its metric and place, where the census has the metric, and how
-- the figure is compared: from `lowest` to `highest` (null = any that is larger), exact to nine decimals. Contract 5, headline;
-- reconciliation. It is disputed where no value would do for every source of the year, metric and place.
-- A row of the table of metrics for one place goes before that for all; a metric without any is looked for under its own name.
-- What stands alone between commas in the brackets that end the unit says how the figure is meant: `>` more_than, `at least`
-- at_least, `nearly` nearly, `about` rounded; else the table of metrics does. `decimals` is where a figure was rounded: at its
-- last digit, but at the last that is no zero where it is rounded or nearly so (negative: before the point).
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
    *,
    try_cast(written as decimal(37, 9))::decimal(38, 9) as exact_value,
    try_cast('5e' || (-decimals - 1) as decimal(38, 9)) as half,
    case when compared_as = 'more_than' then exact_value + 0.000000001
         when compared_as = 'at_least' then exact_value
         else exact_value - half end as lowest,
    case when compared_as in ('more_than', 'at_least') then null
         when compared_as = 'nearly' then exact_value - 0.000000001
         else greatest(exact_value, exact_value + half - 0.000000001) end as highest,
    coalesce(max(lowest) over of_one > min(highest) over of_one, false) as is_disputed
from (
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
        note,
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
    qualify row_number() over (partition by position order by published_metrics.metric = told desc nulls last) = 1
)
window of_one as (partition by year, metric, level, place);
