-- The unit of a headline metric. Contract 5, headline.
create or replace macro unit_of(metric) as
    case when ends_with(metric, '_sales') and not starts_with(metric, 'share') then 'yuan'
         when metric in ('coastal_share', 'share_of_rural_sales') then 'share'
         when metric in ('taobao_villages', 'coastal_villages') then 'villages'
         when metric = 'taobao_towns' then 'townships'
         when metric = 'counties_population' then 'persons'
         when metric = 'village_transactions' then 'orders'
         when metric = 'active_shops' then 'shops'
         when ends_with(metric, 'clusters') then 'counties'
         else metric end;
