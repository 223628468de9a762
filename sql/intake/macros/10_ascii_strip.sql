-- A text of ASCII characters without the blanks around it.
create or replace macro ascii_strip(x) as trim(x, E' \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f');
