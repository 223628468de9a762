-- Grain: one row per rulebook and statistical year: active shops of its Taobao villages and towns, and the jobs that they give.
-- Contract 5, headline.
select
    rulebook,
    year,
    max(value) filter (where metric = 'active_shops')::bigint as active_shops,
    max(value) filter (where metric = 'jobs') as jobs,
    bool_or(is_provisional) as is_provisional
from headline
where metric in ('active_shops', 'jobs')
group by rulebook, year
order by rulebook, year;
