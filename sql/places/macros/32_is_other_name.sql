-- Whether a name of a level (digits) whose kind was left out cannot end where this follows it, since the text goes on as
-- another name: 吉林市 is not 吉林(省), 西湖街道 is not 西湖(区), 横道河子镇 not 横道(镇). Contract 2, "Addresses": never guess.
create or replace macro is_other_name(digits, behind) as regexp_matches(behind, case digits
    when 2 then '^[省市县区州盟]'
    when 4 then '^[省市县区州盟旗]|^地区|^自治'
    when 6 then '^[省市县区州盟镇乡村路街旗]|^自治'
    else '^[镇乡村路街]|^[^,村路]{1,3}(镇|乡|街道)([^村社居]|$)' end);
