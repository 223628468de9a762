-- A value as it is read: NFKC, stripped, unwrapped, null where it means null. Contract 1, "How values are read".
-- NFKC changes no ASCII text; everything else goes through clean_unicode, a function that intake registers.
create or replace macro clean(x) as
    case when x is null then null
         when strlen(x) = length(x) then null_text(unwrap(ascii_strip(x)))
         else null_text(clean_unicode(x)) end;
