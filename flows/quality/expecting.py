"""Great Expectations: suites run in an ephemeral context, their verdicts, and the Data Docs.

Its import takes seconds, so it is imported where suites are run. A check that crashes is neither passed nor failed.
"""

from __future__ import annotations

import html
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import duckdb

from flows.quality.checks import CheckFailed
from flows.quality.suites import Check, Fact, facts, suites
from flows.schema import Table

_SHOWN = 5
"""Things that are named of a check that failed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of a suite came to: `told` names what failed, or why it crashed."""

    suite: str
    check: Check
    outcome: Literal["passed", "failed", "crashed"]
    told: str = ""

    @property
    def stops(self) -> bool:
        """Whether nothing may be published with it."""
        return self.outcome == "crashed" or (self.outcome == "failed" and self.check.severity == "stop")


def check_suites(con: duckdb.DuckDBPyConnection, tables: Iterable[Table], today: date, docs: Path | None) -> list[Verdict]:
    """The verdicts of all suites over the connection's tables; Data Docs go into the new folder `docs`, where one is given."""
    return run_suites(suites(facts(con, tables, today)), docs)


def judge(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """The verdicts that are warnings. Raises CheckFailed with all that stop a publication."""
    wrong = tuple(verdict for verdict in verdicts if verdict.outcome != "passed")
    if stopping := [f"{one.suite}: {one.check.name} {one.outcome}: {one.told}" for one in wrong if one.stops]:
        raise CheckFailed("checks of the tables failed, nothing was published: " + "; ".join(stopping))
    return wrong


def run_suites(asked_of: Mapping[str, Sequence[tuple[Check, Fact]]], docs: Path | None = None) -> list[Verdict]:
    """Runs suites; writes Data Docs into the folder `docs`, where one is given."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries that it imports
        import great_expectations as gx
        import pandas as pd

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
        source = context.data_sources.add_pandas("facts")
        verdicts, results = [], []
        for suite, asked in asked_of.items():
            for fact in dict.fromkeys(check.fact for check, _ in asked):
                of_fact = [check for check, _ in asked if check.fact == fact]
                rows = next(rows for check, rows in asked if check.fact == fact)
                frame = pd.DataFrame(rows | {"what": [html.escape(what) for what in rows["what"]]})  # it renders them as markup
                name = f"{suite}: {fact}"
                batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all rows")
                expected = [_expectation(gx, check) for check in of_fact]
                told = context.suites.add(gx.ExpectationSuite(name=name, expectations=expected))
                definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=told))
                result = definition.run(
                    batch_parameters={"dataframe": frame},
                    result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["what"]},
                )
                results.append((name, result))
                by_name = {check.name: check for check in of_fact}
                for one in result.results:
                    told_of: Any = one.expectation_config
                    verdicts.append(_verdict(suite, by_name[told_of.meta["name"]], one))
        if docs is not None:
            from flows.quality.pages import write_pages

            write_pages(results, docs)
    return verdicts


def _expectation(gx: Any, check: Check) -> Any:
    return gx.expectations.ExpectColumnValuesToBeBetween(
        column=check.column,
        min_value=check.min,
        max_value=check.max,
        severity="critical" if check.severity == "stop" else "warning",
        description=f"{check.column}: {check.bounds}. Where it is not: {check.why}",
        meta={"name": check.name},
    )


def _verdict(suite: str, check: Check, result: Any) -> Verdict:
    """Reads exception_info: a crashed check says success=False as a failed one does."""
    if raised := _raised(result.exception_info or {}):
        return Verdict(suite, check, "crashed", raised)
    if result.success:
        return Verdict(suite, check, "passed")
    unexpected = result.result.get("unexpected_index_list") or []
    named = [f"{html.unescape(row['what'])} ({row[check.column]:g})" for row in unexpected]
    more = f" and {len(named) - _SHOWN:,} more" if len(named) > _SHOWN else ""
    return Verdict(suite, check, "failed", "; ".join(named[:_SHOWN]) + more)


def _raised(info: Mapping[str, Any]) -> str:
    """The message of an exception that a check raised, of which there may be one for each metric."""
    if "raised_exception" in info:
        return str(info.get("exception_message") or "unknown") if info["raised_exception"] else ""
    return "; ".join(filter(None, (_raised(inner) for inner in info.values() if isinstance(inner, Mapping))))
