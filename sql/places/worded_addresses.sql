-- Grain: one row per address that is in words: its words, without blanks, without a postcode or a label before them.
-- Contract 2, "Addresses". Input: unknown_addresses.
create or replace temp table worded_addresses as
select
    row_number() over () as id,
    address,
    regexp_replace(
        regexp_replace(address, '[\s\p{Z}\p{C}]', '', 'g'),
        '^(地址|住址)[:：]?|^(中国|中华人民共和国)|[(（\[【][0-9]{6}[)）\]】]|^[0-9]{6}', '', 'g') as words
from (select distinct address from unknown_addresses);
