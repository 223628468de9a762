-- Grain: one row per rulebook and statistical year with Taobao villages: the share of the six coastal provinces. Contract 5, headline.
select rulebook, year, value as share, published_value as published, is_provisional
from headline
where metric = 'coastal_share' and (value is not null or published_value is not null)
order by rulebook, year;
