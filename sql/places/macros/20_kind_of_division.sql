-- The kind that a word at the end of a name of a level tells: equal for 村, 村委会 and 村民委员会, for 街道 and 街道办事处, for the
-- kinds of a prefecture. Contract 2, "Addresses".
create or replace macro kind_of_division(digits, word) as case
    when word = '' then ''
    when digits = 12 then case when contains(word, '居') or starts_with(word, '社区') then '社区' else '村' end
    when digits = 9 then case when starts_with(word, '街') or ends_with(word, '办事处') or word = '办' then '街道' else word[-1] end
    when digits = 6 then word[-1]
    when digits = 4 then '市'
    else case when ends_with(word, '自治区') then '自治区' else word end
    end;
