-- Whether a part of a village can follow its full name: a hamlet, a group, a house in a lane without a name of its own.
-- No road, market town, quarter or plant, which have names of their own. Contract 2, "Addresses": never guess.
create or replace macro lies_in_village(behind) as regexp_matches(behind,
    '^[^路街道巷弄桥镇乡,]{1,6}(自然村|组|队|屯|社|号|[0-9])|^[^路街道巷弄桥镇乡,]{0,4}[^路街道巷弄桥镇乡,村区园场厂店]$');
