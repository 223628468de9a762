-- Grain: one row per statistical year, rulebook, code and column whose value differs from the snapshot before, with both
-- values as texts; a row that came or went differs in every column that has a value. Contract 5, village_status,
-- township_status, headline. Inputs: earlier_rows and later_rows (year, rulebook, code, and the columns of the parameter
-- $columns, in its order), parameter $kind.
insert into revision
with gone as (
    from earlier_rows except from later_rows
), come as (
    from later_rows except from earlier_rows
), gone_texts as (
    select year, rulebook, code, columns(* exclude (year, rulebook, code))::varchar from gone
), come_texts as (
    select year, rulebook, code, columns(* exclude (year, rulebook, code))::varchar from come
), gone_values as (
    select year, rulebook, code, list_value(*columns(* exclude (year, rulebook, code))) as old_values from gone_texts
), come_values as (
    select year, rulebook, code, list_value(*columns(* exclude (year, rulebook, code))) as new_values from come_texts
), told as (
    select
        year,
        rulebook,
        code,
        unnest($columns) as "column",
        unnest(old_values) as old_value,
        unnest(new_values) as new_value
    from gone_values
    full join come_values using (year, rulebook, code)
)
select year, rulebook, $kind, code, "column", old_value, new_value
from told
where old_value is distinct from new_value;
