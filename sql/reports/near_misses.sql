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
        (case metric
            when 'sales' then sales * 100
            when 'transactions' then transactions
            when 'shops' then shops
            when 'active_shops' then active_shops
            when 'ecommerce_households' then ecommerce_households
        end)::hugeint as figure,
        (case "over"
            when 'sales' then sales * 100
            when 'transactions' then transactions
            when 'shops' then shops
            when 'active_shops' then active_shops
            when 'ecommerce_households' then ecommerce_households
            when 'households' then households
            else 1
        end)::hugeint as base,
        figure * denominator as reached,
        base * numerator as asked,
        base > 0 and coalesce(
            case op
                when '>' then reached > asked
                when '>=' then reached >= asked
                when '<' then reached < asked
                when '<=' then reached <= asked
                else reached = asked
            end,
            false
        ) as is_met
    from village_status
    join ways
        on ways.rulebook = village_status.rulebook
        and year between coalesce(first_year, year) and coalesce(last_year, year)
    where not is_taobao_village and met_unit is distinct from false and shops > 0
),
one_missing as (
    select
        year,
        rulebook,
        village_code,
        village,
        county,
        way,
        any_value({
            place: place, criterion: criterion, op: op, threshold: threshold, metric_units: metric_units, over_units: over_units,
            figure: figure, base: base, reached: reached, asked: asked
        }) filter (where is_met is not true) as missed
    from figured
    group by year, rulebook, village_code, village, county, way
    having count(*) filter (where is_met is not true) = 1
)
select
    year,
    rulebook,
    village_code,
    village,
    county,
    missed.criterion,
    (missed.figure * 1000000 * missed.over_units // (missed.base * missed.metric_units))::decimal(38, 0) * 0.000001 as value,
    missed.op as operator,
    missed.threshold,
    missed.threshold - value as short_by
from one_missing
where missed.base > 0 and abs(missed.reached - missed.asked) * 10 < missed.asked
qualify row_number() over (
    partition by year, rulebook, village_code
    order by abs(missed.reached - missed.asked)::double / missed.asked::double, way, missed.place
) = 1;
