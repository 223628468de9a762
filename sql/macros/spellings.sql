-- How a division is written in an address: its published name, and what people leave out at its end. Contract 2,
-- "Addresses". Provinces lose 省, 市 and 自治区, committees of villages and communities their office.
create or replace macro spellings(code, name) as list_distinct([
    name,
    case length(code)
        when 2 then regexp_replace(name, '(壮族|回族|维吾尔)?自治区$|[省市]$', '')
        when 9 then regexp_replace(name, '街道办事处$', '街道')
        when 12 then regexp_replace(regexp_replace(name, '村?(村民委员会|村委会)$', '村'), '社区(居民委员会|居委会)$', '社区')
        else name
    end
]);
