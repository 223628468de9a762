-- Grain: one row per published metric and range of years: where the census has it (of codes: the sum of what the table tells of
-- these provinces, prefectures or counties), how exactly it is published, and why it cannot be reproduced, what is to
-- be said of it. Input: file $path (data/reference/published-metrics.csv).
create or replace temp table published_metrics as
select
    metric,
    coalesce(first_year, 0) as first_year,
    coalesce(last_year, 9999) as last_year,
    "table" as source_table,
    census_metric,
    string_split(codes, ' ') as codes,
    precision,
    reason,
    note
from read_csv($path, header = true, auto_detect = false, quote = '"', columns = {
    'metric': 'VARCHAR', 'first_year': 'INTEGER', 'last_year': 'INTEGER', 'table': 'VARCHAR', 'census_metric': 'VARCHAR',
    'codes': 'VARCHAR', 'precision': 'VARCHAR', 'reason': 'VARCHAR', 'note': 'VARCHAR'});
