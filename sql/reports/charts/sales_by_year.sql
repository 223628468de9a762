-- Grain: one row per rulebook, statistical year and where the sales are made: in Taobao villages and towns, and in all rural places
-- (yuan). Contract 5, headline.
select rulebook, year, metric as place, value::decimal(38, 2) as sales, is_provisional
from headline
where metric in ('village_and_town_sales', 'rural_sales')
order by rulebook, year, place;
