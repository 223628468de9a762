-- The mark of a value whose type no column has (a truth value, a list): NUL before it. Nulls stay null.
create or replace macro not_text(v) as chr(0) || v::varchar;
