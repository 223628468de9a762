-- Fen as yuan, exactly.
create or replace macro yuan(fen) as (fen::decimal(18, 0) * 0.01)::decimal(18, 2);
