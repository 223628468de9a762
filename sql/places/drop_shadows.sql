-- Grain: one row less per reading of a county's name, changed or shortened, that is but its province's or prefecture's name:
-- 襄阳 and 襄阳市 are the prefecture, not the county 襄阳区; 襄阳县 may be that. Contract 2, "Addresses": never guess. Input: named.
delete from named
where length(code) = 6
    and is_loose
    and not regexp_matches(kind, '[县区旗]$')
    and exists (
        from named as upper
        where length(upper.code) in (2, 4) and upper.id = named.id and starts_with(upper.stem, named.stem)
    );
