-- Grain: one row per rulebook and published figure without a row of reconciliation, or with several, and per row of
-- reconciliation whose verdict does not agree with its reason and value. Contract 5, headline. Expected: no row.
select published_values.year, published_values.metric, published_values.place, source, rulebooks.rulebook
from published_values
cross join (select distinct rulebook from headline) as rulebooks
left join reconciliation
    on reconciliation.rulebook = rulebooks.rulebook
    and (reconciliation.year, reconciliation.metric, reconciliation.place, published_source)
    = (published_values.year, published_values.metric, published_values.place, source)
group by all
having count(verdict) <> 1
union all
select year, metric, place, published_source, rulebook
from reconciliation
where (verdict = 'not_reproducible') <> (reason is not null)
    or verdict not in ('reproduced', 'differs', 'not_reproducible')
    or (verdict <> 'not_reproducible' and census_value is null)
    or (census_value is null) <> (difference is null);
