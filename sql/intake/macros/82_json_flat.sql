-- The line itself where it is a JSON object of numbers, strings, nulls and truth values only (RFC 8259); else what
-- flatten_json, a function that intake registers, makes of it: nested values marked, null where it is no object.
create or replace macro json_flat(line) as
    case when regexp_full_match(line,
         '[ \t]*\{[ \t]*(?:"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"[ \t]*:[ \t]*(?:"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?:[ \t]*,[ \t]*"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"[ \t]*:[ \t]*(?:"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9][0-9]*)(?:[.][0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null))*)?[ \t]*\}[ \t]*')
         then line else flatten_json(line) end;
