"""The least that any reader of these files must do: a typed read_csv and a sum by shop and month.

    python tests/bench/floor.py RAW OUT --memory-limit 4GiB

No checks, no versions, no statuses. DuckDB parses only the columns that the query names. Leaves
OUT/shop_month.parquet, whose sums are of every row and so are no figures of the census.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("raw", type=Path, metavar="RAW", help="the raw folder")
    parser.add_argument("out", type=Path, metavar="OUT", help="an empty folder")
    parser.add_argument("--memory-limit", default="4GiB")
    parser.add_argument("--ignore-errors", action="store_true", help="skip rows that do not parse")
    options = parser.parse_args()

    con = duckdb.connect()
    con.execute("set enable_progress_bar = false")
    con.execute("set memory_limit = $1", [options.memory_limit])
    con.execute("set temp_directory = $1", [str(options.out / "spill")])
    con.execute(
        """
        copy (
            select
                shop_id,
                date_trunc('month', paid_at)::date as paid_month,
                sum(amount) as amount,
                count(*) as n_rows
            from read_csv(
                $files, header = true, auto_detect = false, ignore_errors = $ignore_errors, columns = {
                    'transaction_id': 'BIGINT',
                    'shop_id': 'BIGINT',
                    'paid_at': 'TIMESTAMP',
                    'amount': 'DECIMAL(18, 2)',
                    'refunded_amount': 'DECIMAL(18, 2)',
                    'status': 'VARCHAR',
                    'updated_at': 'TIMESTAMP'
                }
            )
            group by all
        ) to $target (format parquet)
        """,
        {
            "files": str(options.raw / "transactions" / "*.csv"),
            "ignore_errors": options.ignore_errors,
            "target": str(options.out / "shop_month.parquet"),
        },
    )


if __name__ == "__main__":
    main()
