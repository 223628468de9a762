-- Grain: one row per edition of the division that $address, code or words, resolves to there: its code and name, what
-- is above it, and how it came there from the edition before. Contract 2, "One village through time".
-- Inputs: resolved_addresses, all_divisions, successions.
select
    edition,
    resolved.code,
    (select string_agg(distinct name, ' / ') from all_divisions as division
     where division.code = resolved.code and edition between first_edition and last_edition) as name,
    (select string_agg(name, ' ' order by length(code)) from all_divisions as upper
     where upper.code in (resolved.code[:2], resolved.code[:4], resolved.code[:6], resolved.code[:9])
        and length(upper.code) < length(resolved.code)
        and edition between first_edition and last_edition) as above,
    (select string_agg(old_code, ', ' order by old_code) from successions
     where successions.edition = resolved.edition and new_code = resolved.code) as came_from
from resolved_addresses as resolved
where address = $address
order by edition;
