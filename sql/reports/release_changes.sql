-- Grain: one row per rulebook and village or township of which status or figures differ between two releases of a statistical
-- year, with its figures in both; nulls where it was not there, or is no more. Input: changed_places.
select
    rulebook,
    case when has_it and not had_it then 'gained' when had_it and not has_it then 'lost' else 'other figures' end as what,
    kind,
    code,
    place,
    old_sales, new_sales,
    old_transactions, new_transactions,
    old_active_shops, new_active_shops,
    old_households, new_households,
    old_taobao_villages, new_taobao_villages
from changed_places
order by rulebook, kind desc, what, code;
