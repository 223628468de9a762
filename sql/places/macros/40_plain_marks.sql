-- A text with every run of brackets, commas and other marks as one comma, none at its ends, and with narrow digits, as NFKC
-- gives addresses: 曹县(大集镇)、丁楼村 and 曹县,大集镇,丁楼村 read alike. Contract 2, "Addresses".
create or replace macro plain_marks(text) as trim(regexp_replace(translate(text, '０１２３４５６７８９', '0123456789'), '[' || address_marks() || ']+', ',', 'g'), ',');
