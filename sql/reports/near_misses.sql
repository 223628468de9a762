-- Grain: one row per statistical year, rulebook and village without the status, where one criterion alone keeps it from it, and
-- by under a tenth of its threshold. Where any of several criteria would do, the one that is relatively nearest.
-- `value` is rounded down to six decimals, `short_by` is the rest up to the threshold. Contract 4; 5, village_status.
-- Inputs: village_status; ways (one row per rulebook, range of years, way to the status, and criterion of it; thresholds as
-- fractions, of sales in fen).
create or replace temp view "near-misses" as
with figured as (
    select
        village_status.year,
        village_status.rulebook,
        village_code,
        village,
        county,
        way,
        place,
        criterion,
        op,
        threshold,
        metric_units,
        over_units,
        numerator,
        denominator,
        figures[metric] as figure,
        case when "over" is null then 1 else nullif(figures["over"], 0) end as base
    from (
        select
            *,
            map {
                'sales': (sales * 100)::hugeint,
                'transactions': transactions::hugeint,
                'shops': shops::hugeint,
                'active_shops': active_shops::hugeint,
                'ecommerce_households': ecommerce_households::hugeint,
                'households': households::hugeint
            } as figures
        from village_status
        where not is_taobao_village and met_unit is distinct from false and shops > 0
    ) as village_status
    join ways
        on ways.rulebook = village_status.rulebook
        and year between coalesce(first_year, year) and coalesce(last_year, year)
),
compared as (
    select
        *,
        figure * denominator as reached,
        base * numerator as asked,
        coalesce(
            case op
                when '>' then reached > asked
                when '>=' then reached >= asked
                when '<' then reached < asked
                when '<=' then reached <= asked
                else reached = asked
            end,
            false
        ) as is_met
    from figured
)
select
    year,
    rulebook,
    village_code,
    village,
    county,
    criterion,
    (figure * 1000000 * over_units // (base * metric_units))::decimal(38, 0) * 0.000001 as value,
    op as operator,
    threshold,
    threshold - value as short_by
from (
    select *
    from compared
    qualify count(*) filter (where not is_met) over (partition by year, rulebook, village_code, way) = 1
)
where not is_met and abs(reached - asked) * 10 < asked
qualify row_number() over (
    partition by year, rulebook, village_code
    order by abs(reached - asked)::double / asked::double, way, place
) = 1;
