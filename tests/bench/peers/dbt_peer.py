"""The job as a dbt project on DuckDB (`dbt_project/`): models for checked rows, current versions and sums, and tests of them.

python tests/bench/peers/dbt_peer.py RAW OUT
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import duckdb
from dbt.cli.main import dbtRunner
from job import COLUMNS, COUNTED, ID, MONEY, STATUSES, TIME, VERSION, folders, tell


def main() -> None:
    raw, out = folders(__doc__)
    project = out / "project"
    shutil.copytree(Path(__file__).parent / "dbt_project", project)
    os.environ |= {"DBT_OUT": str(out), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    rules = {"id": ID, "money": MONEY, "time": TIME, "counted": COUNTED, "statuses": STATUSES, "version": VERSION}
    told = {"files": str(raw / "transactions" / "*.csv"), "out": str(out), "columns": COLUMNS, **rules}
    done = dbtRunner().invoke(
        ["build", "--project-dir", str(project), "--profiles-dir", str(project), "--vars", json.dumps(told), "--quiet"]
    )
    if not done.success:
        raise SystemExit(f"dbt: {done.exception or [result.message for result in done.result or []]}")
    accepted, rejected = duckdb.read_parquet(str(out / "counts.parquet")).fetchall()[0]
    tell(out, accepted, rejected)


if __name__ == "__main__":
    main()
