-- Grain: one row per raw table and shop or village of which the changed files' records are wanted. Inputs: changed_shops,
-- changed_places.
create or replace temp table wanted_ids as
select distinct unnest(['shops', 'transactions']) as "table", shop_id::varchar as id from changed_shops
union
select 'villages', code from changed_places where has_both and old_households is distinct from new_households;
