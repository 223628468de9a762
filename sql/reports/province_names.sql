-- Grain: one row per name that a province's code has in the newest year. Parameter: $code. Contract 5, province_year.
-- Input: province_year.
select arg_max(province, year) as province
from province_year
where province_code = $code;
