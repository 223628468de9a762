-- The words that tell the kind of a division of a level (digits of its code) at the end of its name, as a regular
-- expression: 省 of 浙江省, 畲族自治县 of 景宁畲族自治县 (瑶族县, as people write), 畲族镇 of 老竹畲族镇 (but 镇 of 清水镇), 村民委员会 of
-- a village. Contract 2, "Addresses". The peoples are those of autonomous places (GB/T 3304).
create or replace macro kinds_of_division(digits) as case digits
    when 2 then '(壮族自治区|回族自治区|维吾尔自治区|自治区|省|市)'
    when 4 then '(' || peoples() || '*自治州|地区|盟|市|州)'
    when 6 then '(' || peoples() || '*(自治县|自治旗|族县)|林区|特区|县|市|区|旗)'
    when 9 then '(街道办事处|街道办|街道|地区办事处|办事处|办|街|' || replace(peoples(), '族?)', '民?族)') || '*(民?族)?(乡|镇)|苏木)'
    when 12 then '((社区)?(居民委员会|居民委会|居委会|居委员会|居委)|社区|(嘎查)?(村民委员会|村民委会|村委会|村委|牧委会)|民委会|行政村|嘎查|村)'
    end;
