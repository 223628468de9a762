"""Compare the script's sums with the published shop_year, to the fen: both ways, every shop and year.

    python tests/bench/compare.py RAW SHOP_MONTH.parquet WAREHOUSE

Prints one line of JSON; exit status 1 when anything differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import duckdb

# Statistical year N: 1 July N-1 to 30 June N. Known shops are the ones in the shops' file.
COMPARE = """
with script as (
    select
        year(paid_month + interval 6 month)::integer as year,
        shop_id,
        sum(sales)::decimal(38, 2) as sales,
        sum(transactions)::bigint as transactions
    from read_parquet($shop_month)
    semi join (
        select shop_id::bigint as shop_id
        from read_csv($shops, header = true, all_varchar = true)
    ) using (shop_id)
    group by all
),
census as (
    select year, shop_id, sales, transactions
    from read_parquet($shop_year, hive_partitioning = false)
)
select
    count(*) as compared,
    count(*) filter (census.shop_id is null) as only_script,
    count(*) filter (script.shop_id is null) as only_census,
    count(*) - count(distinct (year, shop_id)) as repeated_in_census,
    count(*) filter (is_both and census.sales is distinct from script.sales) as sales_differ,
    count(*) filter (is_both and census.transactions is distinct from script.transactions)
        as transactions_differ,
    sum(script.sales)::varchar as script_sales,
    sum(census.sales)::varchar as census_sales,
    sum(script.transactions)::bigint as script_transactions,
    sum(census.transactions)::bigint as census_transactions,
    min((year, shop_id)) filter (
        (census.sales, census.transactions) is distinct from (script.sales, script.transactions)
    )::varchar as first_difference
from script
full join census using (year, shop_id)
cross join lateral (select script.shop_id is not null and census.shop_id is not null as is_both)
"""

DIFFERENCES = ("only_script", "only_census", "repeated_in_census", "sales_differ", "transactions_differ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("raw", type=Path, metavar="RAW")
    parser.add_argument("shop_month", type=Path, metavar="SHOP_MONTH")
    parser.add_argument("warehouse", type=Path, metavar="WAREHOUSE")
    options = parser.parse_args()

    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    found = con.execute(
        COMPARE,
        {
            "shops": str(options.raw / "shops" / "*.csv"),
            "shop_month": str(options.shop_month),
            "shop_year": str(options.warehouse / "current" / "shop_year" / "*" / "*.parquet"),
        },
    )
    names = [column[0] for column in found.description or []]
    result = dict(zip(names, found.fetchall()[0], strict=True))
    print(json.dumps(result))
    differences = sum(result[name] for name in DIFFERENCES)
    sys.exit(1 if differences or not result["compared"] else 0)


if __name__ == "__main__":
    main()
