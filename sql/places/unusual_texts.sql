-- Grain: one row per text, of an address or a division's name, with traditional characters, wide digits, brackets or other marks:
-- plain, as it is compared. Only texts with traditional characters, which are few, are taken apart. Contract 2, "Addresses".
-- Inputs: worded_addresses, all_divisions, other_names, characters; variables unusual_characters, traditional_characters.
create or replace temp table unusual_texts as
with unusual as materialized (
    from (
        select words as text from worded_addresses
        union
        select name from all_divisions
        union
        select name from other_names
    )
    where regexp_matches(text, getvariable('unusual_characters'))
),
places as (
    select text, generate_subscripts(string_split(text, ''), 1) as place, unnest(string_split(text, '')) as character
    from unusual
    where regexp_matches(text, getvariable('traditional_characters'))
),
simple as (
    select text, string_agg(coalesce(simplified, character), '' order by place) as simplified
    from places
    left join characters on character = traditional
    group by text
)
select text, plain_marks(coalesce(simplified, text)) as plain
from unusual
left join simple using (text);
