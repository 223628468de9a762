-- The inner text of what spreadsheets do to long numbers: ="…" or a leading '. Contract 1, "How values are read".
create or replace macro unwrap(t) as
    case when starts_with(t, '="') and ends_with(t, '"') and length(t) > 2
              then ascii_strip(substring(t, 3, length(t) - 3))
         when starts_with(t, '''') then ascii_strip(substring(t, 2))
         else t end;
