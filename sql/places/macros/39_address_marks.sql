-- Marks between or after the parts of an address, for a class of a regular expression: brackets, commas, dashes, and what lists put after
-- a name to point to a footnote (任庄*). Contract 2, "Addresses".
create or replace macro address_marks() as '（）()\[\]【】，、；：。,;:·./\\|_\-—–－~～*＊★☆※';
