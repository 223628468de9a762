-- Grain: one row per place in use and edition, with every division above it. Inputs: used, names.
create or replace temp table place_names as
select
    used.code,
    used.edition,
    own.name,
    used.code[1:9] as township_code,
    township.name as township,
    used.code[1:6] as county_code,
    county.name as county,
    used.code[1:2] as province_code,
    province.name as province
from used
left join names as own using (code, edition)
left join names as township on township.code = used.code[1:9] and township.edition = used.edition
left join names as county on county.code = used.code[1:6] and county.edition = used.edition
left join names as province on province.code = used.code[1:2] and province.edition = used.edition;
