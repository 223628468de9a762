-- Grain: one row per statistical year, rulebook, code and column whose value differs from the snapshot before, with both
-- values as texts; a row that came or went differs in every column that has a value. Contract 5, village_status,
-- township_status, headline. Inputs: earlier_rows and later_rows (year, rulebook, code, the same columns), parameter $kind.
insert into revision
with gone as (
    from earlier_rows except from later_rows
), come as (
    from later_rows except from earlier_rows
), gone_texts as (
    select year, rulebook, code, columns(* exclude (year, rulebook, code))::varchar from gone
), come_texts as (
    select year, rulebook, code, columns(* exclude (year, rulebook, code))::varchar from come
), old_values as (
    unpivot gone_texts on columns(* exclude (year, rulebook, code)) into name "column" value old_value
), new_values as (
    unpivot come_texts on columns(* exclude (year, rulebook, code)) into name "column" value new_value
)
select year, rulebook, $kind, code, "column", old_value, new_value
from old_values
full join new_values using (year, rulebook, code, "column")
where old_value is distinct from new_value;
