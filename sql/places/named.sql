-- Grain: one row per text, reading of it, and division that its beginning names level by level (code; '' for none yet),
-- with the run of editions in which all these names stood. words: what names them; stem and kind: the last name, 曹 and 县;
-- after: what is left of the text; liberties: how far the words are from the names; variance: how far at equal
-- liberties; reading: 0, or the level (digits) before which this other reading was begun; is_loose: the last name was changed,
-- shortened, or is none of the published ones; is_moved: a township that was sought outside the county named.
-- Contract 2, "Addresses". Input: texts.
create or replace temp table named as
select
    id,
    ''::varchar as code,
    ''::varchar as words,
    ''::varchar as stem,
    ''::varchar as kind,
    text as after,
    0::integer as liberties,
    0::integer as variance,
    0::integer as reading,
    false as is_loose,
    false as is_moved,
    0::integer as first_edition,
    9999::integer as last_edition
from texts;
