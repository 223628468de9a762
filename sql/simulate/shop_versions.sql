-- Grain: one row per shop that opens, whose village gets another code, or that closes, in the statistical year $year, as the
-- register has it from then on. A new shop of kind `young` opened 31 to 60 days before the year's end, others before the year.
-- Inputs: cohorts, village_years, village_words, $first_year (of the world), $seed.
with changed as (
    select cohorts.*, 'opens' as change, now.code
    from cohorts
    join village_years as now on now.line = cohorts.line and now.year = $year
    where first_year = $year
    union all
    select cohorts.*, 'moves', now.code
    from cohorts
    join village_years as now on now.line = cohorts.line and now.year = $year
    join village_years as before on before.line = cohorts.line and before.year = $year - 1 and before.code <> now.code
    where first_year < $year and last_year >= $year
    union all
    select cohorts.*, 'closes', before.code
    from cohorts
    join village_years as before on before.line = cohorts.line and before.year = $year - 1
    where last_year = $year - 1
), each as (
    select *, first_position + unnest(range(shops)) as position from changed
), drawn_shops as (
    select *, drawn(position + $seed::bigint * 1000003, 21) as bits from each
), described as (
    select
        *,
        mixed(bits + 1) % 100 as platform_lot,
        mixed(bits + 2) % 100 < 80 as is_individual,
        mixed(bits + 3) % 100 as address_lot,
        (mixed(bits + 4) % 360)::integer as day_lot,
        case when kind = 'young' then make_date(first_year, 6, 30) - 31 - day_lot % 30
             when first_year = $first_year then make_date(first_year - 1, 7, 1) - day_lot * 4
             else make_date(first_year - 1, 7, 1) - day_lot % 200 end as opened_on,
        case when change = 'closes' then make_date($year - 1, 7, 1) + day_lot % 60 end as closed_on
    from drawn_shops
), addressed as (
    select
        described.*,
        case when kind = 'outside' and address_lot < 1 then null
             when kind = 'outside' and address_lot < 6 then code[1:9]
             when address_lot >= 95 and words.address is not null then words.address
             else code end as address
    from described
    left join village_words as words on words.line = described.line
)
select
    100000000 + position as shop_id,
    case when platform_lot < 76 then 'taobao' when platform_lot < 88 then 'tmall' when platform_lot < 94 then '1688'
         when platform_lot < 97 then 'xianyu' else 'aliexpress' end as platform,
    case when is_individual then 'individual' else 'enterprise' end as shop_type,
    opened_on,
    closed_on,
    case when not is_individual then address end as registered_address,
    case when is_individual or address_lot % 3 = 0 then address end as ship_from_address,
    case when address_lot % 2 = 0 then address end as receive_address,
    case when address_lot % 10 > 0 then 'H' || position end as household_id,
    (case when change = 'closes' then closed_on
          when change = 'moves' then make_date($year, 3, 1) + day_lot % 60
          when kind = 'young' then opened_on + 1 + day_lot % 20
          else make_date($year - 1, 7, 1) + day_lot % 300 end)::timestamp
        + to_seconds((bits % 86400)::integer) as recorded_at
from addressed
order by recorded_at, shop_id
