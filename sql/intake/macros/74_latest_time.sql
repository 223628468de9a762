-- The latest of several delivered times as a text; a malformed one makes it malformed. Contract 1, seller's export.
create or replace macro latest_time(texts) as
    latest_of(list_transform(texts, lambda x: clean(x)));
