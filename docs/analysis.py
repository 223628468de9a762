# %% [markdown]
# # From the published tables to an analysis of one's own
#
# The census publishes Parquet tables and a DuckDB database that holds a view of each. This script asks them with SQL and draws
# with Vega-Altair (`pip install altair`). Run it cell by cell in an editor that knows `# %%`, or as a whole:
#
#     python docs/analysis.py data/warehouse out

# %%
from __future__ import annotations

import sys
from pathlib import Path

import altair as alt
import duckdb

WAREHOUSE = Path(sys.argv[1] if len(sys.argv) > 1 else "data/warehouse")
OUT = Path(sys.argv[2] if len(sys.argv) > 2 else ".")
OUT.mkdir(parents=True, exist_ok=True)
RULEBOOK = "aliresearch"

# %% [markdown]
# `current` is always one whole snapshot. The database opens read-only from anywhere; amounts are exact decimals, codes are texts.

# %%
census = duckdb.connect(str(WAREHOUSE / "current" / "census.duckdb"), read_only=True)
print(census.sql("select view_name, comment from duckdb_views() where not internal").limit(5))  # what each table has a row for

# %% [markdown]
# ## How fast do villages grow after they have the status?
#
# `village_id` stays the same while codes and names change from edition to edition. `village_history` knows the first year.

# %%
GROWTH = """
select
    year - first_year as years_since,
    count(*) as villages,
    median(sales)::decimal(38, 2) as median_sales
from village_status
join village_history using (rulebook, village_id)
where rulebook = $1 and year >= first_year
group by years_since
order by years_since
"""
growth = census.execute(GROWTH, [RULEBOOK]).df()
print(growth)

# %%
chart = (
    alt.Chart(growth.astype({"median_sales": float}))
    .mark_line(point=True)
    .encode(
        x=alt.X("years_since:Q", title="years since the first status", axis=alt.Axis(tickMinStep=1)),
        y=alt.Y("median_sales:Q", title="median sales (yuan)"),
    )
)
chart.save(OUT / "growth.html")

# %% [markdown]
# ## How much hangs on the rules?
#
# Every run decides by every rulebook, so that they can be compared village by village.

# %%
RULES = """
select year, count(*) filter (where strict and lenient) as by_both, count(*) filter (where lenient and not strict) as by_one_alone
from (
    select
        year,
        village_id,
        bool_or(is_taobao_village) filter (where rulebook = 'article') as strict,
        bool_or(is_taobao_village) filter (where rulebook = 'aliresearch') as lenient
    from village_status
    group by year, village_id
)
group by year
order by year
"""
print(census.sql(RULES))

# %% [markdown]
# ## Is a figure final?
#
# Provisional years change with later records. `run` tells what a snapshot was made of; `revision` what it changed of final years.

# %%
print(census.sql("select distinct year, is_provisional from headline order by year"))
print(census.sql("select run_id, code_version, started_at from run"))
has_status = census.table("village_status").filter("is_taobao_village").filter(duckdb.ColumnExpression("rulebook") == RULEBOOK)
has_status.write_csv(str(OUT / "villages.csv"))
