-- Grain: one value, the variable traditional_characters: a regular expression of the characters that have a simplified form. A
-- constant, so that it is compiled once. Contract 2, "Addresses". Input: characters.
set variable traditional_characters = (select '[' || string_agg(traditional, '') || ']' from characters);
