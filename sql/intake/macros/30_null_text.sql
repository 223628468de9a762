-- An empty string, NULL, null and \N are null. Contract 1, "How values are read".
create or replace macro null_text(t) as
    case when t not in ('', 'NULL', 'null', '\N') then t end;
