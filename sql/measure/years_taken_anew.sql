-- Grain: one row per statistical year in which a row of shop_year came, changed or went since the base. Design, "Only the
-- years touched are recomputed". Inputs: placed_shop_years, retaken_shop_years.
select year from placed_shop_years
union
select year from retaken_shop_years
