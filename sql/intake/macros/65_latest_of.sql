-- The latest of cleaned times as a text, or the word malformed where one is none.
create or replace macro latest_of(cleaned) as
    case when list_count(cleaned) <> list_count(list_transform(cleaned, lambda t: time_of(t))) then 'malformed'
         else list_max(list_transform(cleaned, lambda t: time_of(t)))::varchar end;
