-- Bits of an order: of its shop, its month (year and month in one number) and its number there.
create or replace macro order_bits(shop, month, number, seed) as
    mixed(mixed(mixed(shop::ubigint + seed::ubigint * 1000003) + low_bits((month::ubigint * 131071 + number::ubigint) * 40503)));
