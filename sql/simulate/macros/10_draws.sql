-- Thirty-two pseudo random bits by plain arithmetic (the last steps of MurmurHash3): `mixed` of a number, `drawn` of a number
-- and a stream beside it. DuckDB's own hash() may be another one day.
create or replace macro wrapped(x) as x & 4294967295::ubigint;
create or replace macro mixed_once(x) as wrapped(xor(x, x >> 16) * 2246822507::ubigint);
create or replace macro mixed_twice(x) as wrapped(xor(x, x >> 13) * 3266489909::ubigint);
create or replace macro mixed_last(x) as xor(x, x >> 16);
create or replace macro mixed(x) as mixed_last(mixed_twice(mixed_once(wrapped(x::ubigint))));
create or replace macro drawn(number, stream) as mixed(mixed(number::ubigint) + stream::ubigint * 2654435769::ubigint);
