-- Grain: one row per reason for which the figures of a statistical year are not final, or not good enough: the limit or the gate,
-- and what is told of it. Contract 1, "Nothing is lost"; contract 2, provisional years.
-- Parameters: $year, $quarantine_limit, $orphans_limit (shares). Inputs: released_shop_year, released_headline, released_source_file (of the snapshot).
with figures as (
    select
        bool_or(is_provisional) as is_provisional,
        coalesce(max(value) filter (where metric = 'orphaned_sales'), 0)::decimal(38, 2) as orphaned
    from released_headline
    where year = $year
), known as (
    select coalesce(sum(sales), 0)::decimal(38, 2) as sales
    from released_shop_year
    where year = $year
)
select 'year' as gate, 'there are no figures of ' || $year || coalesce(', but from ' || first_year || ' to ' || last_year, '') as told
from (select min(year) as first_year, max(year) as last_year from released_headline)
where not exists (from released_headline where year = $year)
union all
select 'window', 'orders of ' || $year || ' may still change: no record is newer than its end. Deliver what is newer, then: census run'
from figures
where is_provisional
union all
select 'held', path || ': ' || held_reason
from released_source_file
where held_reason is not null
union all
select 'quarantine', path || ': ' || quarantined || ' of ' || rows || ' rows quarantined'
from released_source_file
where duplicate_of is null and held_reason is null and rows > 0 and quarantined > $quarantine_limit * rows
union all
select 'orphans', orphaned || ' yuan of ' || $year || ' are sales of shops unknown to shops/, beside ' || sales || ' of known ones'
from figures, known
where orphaned > $orphans_limit * (orphaned + sales)
order by gate, told;
