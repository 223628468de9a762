-- Grain: one row per address in words: its text as it is compared with names. Contract 2, "Addresses".
-- Inputs: worded_addresses, unusual_texts.
create or replace temp table texts as
select id, address, coalesce(plain, words) as text
from worded_addresses
left join unusual_texts on unusual_texts.text = words;
