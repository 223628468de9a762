-- Grain: one row per line of a text file that has exactly the wanted columns, each as text, an empty one as null.
-- Quotes are characters like others. Inputs: variables text_path, text_columns, text_skip (lines), text_separator,
-- text_line_end.
select *
from read_csv(
    getvariable('text_path'),
    columns = getvariable('text_columns'),
    skip = getvariable('text_skip'),
    delim = getvariable('text_separator'),
    new_line = getvariable('text_line_end'),
    header = false,
    auto_detect = false,
    quote = '',
    escape = '',
    comment = '',
    nullstr = '',
    ignore_errors = true)
