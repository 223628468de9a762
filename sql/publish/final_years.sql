-- Grain: one row per statistical year and rulebook for which the snapshot before told final figures, of the rulebooks that
-- this run evaluates: one that is gone revises nothing. Contract 5, is_provisional.
-- Inputs: earlier_headline, parameter $rulebooks.
create or replace temp table final_years as
select distinct year, rulebook
from earlier_headline
where not is_provisional and list_contains($rulebooks, rulebook);
