-- Whether a village's name can end where this follows it: a house number, a group, a bracket, an office of the village,
-- or nothing. 新村路12号 does not name the village 新村. Contract 2, "Addresses": never guess.
create or replace macro ends_village(behind) as regexp_matches(behind,
    '^$|^[0-9A-Za-z,#-]|^(村|社区)?(村民|居民)?(委员会|委会)|^第?[一二三四五六七八九十百]+(村民)?小?(组|队|号|社$|社[^区])');
