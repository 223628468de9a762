-- Thirty-two pseudo random bits by plain arithmetic, three times the middle of a product: `mixed` of a number, `drawn` of a
-- number and a stream beside it. DuckDB's own hash() may be another one day; and each names its argument once, since a macro
-- is written out at every use.
create or replace macro low_bits(x) as x & 4294967295::ubigint;
create or replace macro mixed(x) as
    low_bits((low_bits((low_bits((low_bits(x::ubigint) + 2654435769) * 2654435761 >> 15) + 40503) * 3266489917 >> 13) + 97) * 2246822519 >> 17);
create or replace macro drawn(number, stream) as mixed(mixed(mixed(number)) + stream::ubigint * 2654435769);
