-- Grain: one row per statistical year, rulebook, village or township, and figure that differs between two snapshots; the places
-- whose sales differ most come first. The status is a figure of 0 or 1. Parameters: $year, $rulebook, null = all.
-- Input: diff_places.
with figures as (
    select
        *,
        unnest(['status', 'sales', 'transactions', 'active_shops', 'households', 'taobao_villages']) as figure,
        unnest([had_it::decimal(38, 2), old_sales, old_transactions, old_active_shops, old_households, old_taobao_villages])
            as old_value,
        unnest([has_it::decimal(38, 2), new_sales, new_transactions, new_active_shops, new_households, new_taobao_villages])
            as new_value
    from diff_places
    where (year = $year or $year is null) and (rulebook = $rulebook or $rulebook is null)
)
select
    year, rulebook, kind, code, place, county, figure, old_value, new_value,
    coalesce(new_value, 0) - coalesce(old_value, 0) as difference, cause, files
from figures
where old_value is distinct from new_value
order by
    abs(coalesce(new_sales, 0) - coalesce(old_sales, 0)) desc,
    abs(coalesce(new_transactions, 0) - coalesce(old_transactions, 0)) desc,
    year, rulebook, kind desc, code,
    list_position(['status', 'sales', 'transactions', 'active_shops', 'households', 'taobao_villages'], figure);
