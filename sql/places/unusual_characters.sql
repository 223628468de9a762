-- Grain: one value, the variable unusual_characters: a regular expression of the characters by which a text differs from
-- how it is compared, traditional ones, wide digits, brackets and other marks. A constant, so that it is compiled once. Contract 2, "Addresses".
-- Input: variable traditional_characters.
set variable unusual_characters = (
    select '[０-９' || address_marks() || getvariable('traditional_characters')[2:]
);
