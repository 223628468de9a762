-- Grain: one row per address in words, edition in which it is wanted (target), and division that it could mean, as an earlier
-- run with the same reference tables and statements found it; edition and code are null for one that names nothing.
-- Contract 2, "Addresses". To be filled from the snapshot before.
create or replace temp table known_addresses (address varchar, target integer, edition integer, code varchar);
