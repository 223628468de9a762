"""The benchmark table: what of a comparison stands in README, and where; a peer beside the census, to the fen."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

BENCH = Path(__file__).parent
sys.path.insert(0, str(BENCH))

from table import ratios, replaced, table  # noqa: E402

TOLD = """\
|  | wall s | x script | CPU s | x script | peak RSS MiB | x script | on disk MB |
|---|---:|---:|---:|---:|---:|---:|---:|
| `script`: a user's own | 8.5 (8.4 to 8.6) | 1 | 15.9 (15.8 to 16.0) | 1 | 2,144 (2,100 to 2,200) | 1 | 340 |
| `census`: all | 8.1 (8.0 to 8.2) | 0.95 (0.94 to 0.96) | 15.0 (15 to 15) | 0.94 (0.9 to 1.0) | 800 (7 to 9) | 0.37 (0.3 to 0.4) | 509 |
| `dbt`: models | failed | | | | | | |

20,000,000 rows of orders.
"""


def test_ratios_stand_alone_but_for_what_they_are_to():
    assert ratios(TOLD).splitlines() == [
        "| | wall time | CPU time | peak memory |",
        "|---|---:|---:|---:|",
        "| `script`: a user's own | 1 (8.5 s) | 1 (15.9 s) | 1 (2,144 MiB) |",
        "| `census`: all | 0.95 (0.94 to 0.96) | 0.94 (0.9 to 1.0) | 0.37 (0.3 to 0.4) |",
        "| `dbt`: models | failed | | |",
        "",
        "20,000,000 rows of orders.",
    ]


def test_a_part_is_written_between_its_marks_alone():
    text = "a\n<!-- bench: memory -->\nold\n<!-- bench: end of memory -->\nb\n"
    told = table(["", "x"], [["y", "1"]])
    assert replaced(text, "memory", told) == (
        "a\n<!-- bench: memory -->\n|  | x |\n|---|---|\n| y | 1 |\n<!-- bench: end of memory -->\nb\n"
    )
    with pytest.raises(SystemExit, match="no marks"):
        replaced("a", "memory", told)


def test_readme_has_the_marks():
    text = (BENCH.parents[1] / "README.md").read_text(encoding="utf-8")
    for part in ("peers", "memory", "scaling"):
        assert replaced(text, part, "x") != text


@pytest.mark.parametrize("bad_share", [pytest.param("0", marks=pytest.mark.slow), "0.01"])
def test_a_peer_does_the_job_of_the_census(tmp_path: Path, bad_share: str):
    """The one peer whose engine is here: the others are compared whenever they are measured."""
    made = _run(BENCH / "generate.py", "--orders=5000", f"--bad-share={bad_share}", f"--data={tmp_path}").stdout.strip()
    out, warehouse = tmp_path / "out", tmp_path / "warehouse"
    out.mkdir()
    _run(BENCH / "peers" / "pandas_peer.py", made, str(out))
    census = Path(sys.executable).with_name("census")
    subprocess.run(
        [census, "run", "--raw", made, "--warehouse", warehouse, "--accept", "quarantine"], check=True, capture_output=True
    )
    compared = json.loads(_run(BENCH / "compare.py", made, str(out / "shop_month.parquet"), str(warehouse)).stdout)
    assert compared["sales_differ"] == compared["transactions_differ"] == 0
    assert compared["compared"] > 40
    told = json.loads((out / "counts.json").read_text())
    quarantine = duckdb.read_parquet(str(warehouse / "current" / "quarantine.parquet"))
    assert told["rejected"] == len(quarantine.fetchall()) == len(duckdb.read_parquet(str(out / "rejected.parquet")).fetchall())
    assert told["accepted"] + told["rejected"] == 5000
    assert (told["rejected"] > 20) == (bad_share != "0")


def _run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, program, *arguments], check=True, capture_output=True, text=True)
