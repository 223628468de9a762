-- Marks between or after the parts of an address, for a class of a regular expression: brackets, quotes, commas, dashes, and what
-- lists put before or after a name to point to a footnote (任庄*). No # (3#楼). Contract 2, "Addresses".
create or replace macro address_marks() as '（）()\[\]【】〔〕《》〈〉「」“”"，、；：。,;:·./\\|_\-—–－~～*＊★☆※▲△●◆■';
