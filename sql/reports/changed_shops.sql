-- Grain: one row per statistical year and shop whose row of shop_year differs between two snapshots: where it was and is, and
-- whether its sales or what decides whether it is active differ. Contract 5, shop_year.
-- Inputs: earlier_shop_year, later_shop_year.
create or replace temp table changed_shops as
select
    year,
    shop_id,
    earlier.village_code as old_village_code,
    later.village_code as new_village_code,
    earlier.township_code as old_township_code,
    later.township_code as new_township_code,
    earlier.shop_id is null as has_come,
    later.shop_id is null as has_gone,
    (earlier.sales, earlier.transactions, earlier.transactions_last_3_months)
        is distinct from (later.sales, later.transactions, later.transactions_last_3_months) as has_other_sales,
    (earlier.platform, earlier.shop_type, earlier.opened_on, earlier.closed_on, earlier.household_id)
        is distinct from (later.platform, later.shop_type, later.opened_on, later.closed_on, later.household_id) as has_other_data
from earlier_shop_year as earlier
full join later_shop_year as later using (year, shop_id)
where has_come or has_gone or has_other_sales or has_other_data
    or (old_village_code, old_township_code) is distinct from (new_village_code, new_township_code);
