-- The kind of unit that positions 10 to 12 of a village code tell. Contract 2, "Divisions".
create or replace macro unit_type_of(code) as
    case when code[10:12] between '001' and '199' then 'urban_community'
         when code[10:12] between '200' and '399' then 'village'
         when code[10:12] between '400' and '499' then 'urban_like'
         when code[10:12] between '500' and '599' then 'village_like'
         else 'other' end;
