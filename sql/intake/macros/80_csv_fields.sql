-- The fields of one CSV line, RFC 4180 within the line; null where its quoting is broken. Contract 1, "Records":
-- a quote inside an unquoted field is text, a text after a closing quote or a quote left open spoils the line.
create or replace macro csv_fields(line) as
    case when not contains(line, '"') then string_split(line, ',')
         when regexp_full_match(line,
              '(?:"(?:[^"]|"")*"|[^",][^,]*|)(?:,(?:"(?:[^"]|"")*"|[^",][^,]*|))*')
         then list_transform(
              regexp_extract_all(',' || line, ',("(?:[^"]|"")*"|[^,]*)', 1),
              lambda f: case when starts_with(f, '"') then replace(f[2:-2], '""', '"') else f end) end;
