-- Grain: one row per rulebook, statistical year and tier: counties that are clusters of the tier. Contract 4, cluster.
select rulebook, year, cluster_tier as tier, count(*) as counties
from county_year
where cluster_tier is not null
group by rulebook, year, tier
order by rulebook, year, tier;
