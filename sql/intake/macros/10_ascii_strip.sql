-- A text of ASCII characters without the blanks around it.
create or replace macro ascii_strip(x) as
    trim(x, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(28) || chr(29) || chr(30) || chr(31));
