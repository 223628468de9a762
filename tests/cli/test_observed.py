"""What others are told of a run: progress on a terminal, logs, metrics, lineage. None of them is ever in its way."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import subprocess
import sys
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from flows.engine import ROOT
from flows.ledger import locked
from flows.reports.progress import Bars

if TYPE_CHECKING:
    from tests.conftest import Census


@pytest.fixture
def world(census: Census) -> Census:
    """A shop with two orders, of which one has an amount that is none."""
    census.lines("shops/a.csv", census.shop(1, "371721101201"))
    rows = [census.order(number, 1, "2019-05-01", 5) for number in range(1, 200)]
    census.lines("transactions/a.csv", *rows, census.order(999, 1, "2019-05-01", "five"))
    return census


def test_a_terminal_shows_a_bar_of_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    with Bars(Console(file=shown, force_terminal=True, width=120)) as bars:
        with bars.step("find the files"):
            pass
        for name, weight in (("read transactions/\x1b[2Ja.csv (1 of 2)", 3_000_000), ("read b.csv (2 of 2)", 1_000_000)):
            with bars.step(name, weight, 4_000_000):
                bars._progress.refresh()
        bars._progress.refresh()
    text = shown.getvalue()
    assert "0.0/4.0 MB" in text and "3.0/4.0 MB" in text and "4.0/4.0 MB" in text
    assert "read b.csv (2 of 2)" in text
    assert "\x1b[2Ja.csv" not in text, "a file's name is no instruction to a terminal"


def test_steps_side_by_side_are_one_line() -> None:
    """As `census check` shows them, and files that two threads read: the one that began last is named, then the other."""
    shown = io.StringIO()
    with Bars(Console(file=shown, force_terminal=True, width=80)) as bars:
        for total in (0, 5_000_000):
            first, second = bars.step("first", total // 5, total), bars.step("second", total // 5, total)
            for enter in (first, second):
                enter.__enter__()
            assert [task.description for task in bars._progress.tasks] == ["second"]
            second.__exit__(None, None, None)
            assert [task.description for task in bars._progress.tasks] == ["first"]
            first.__exit__(None, None, None)
        bars._progress.refresh()
        (task,) = bars._progress.tasks
        assert (task.completed, task.total) == (2_000_000, 5_000_000)
        with bars.step("weigh the orders"):
            bars._progress.refresh()
            last = shown.getvalue().rpartition("\r")[2]
    assert "weigh the orders" in last and "MB" not in last, "bytes are of files"
    assert not [line for line in re.split(r"[\r\n]", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.getvalue())) if len(line) > 80]


def test_logs_as_json(world: Census) -> None:
    done = world.run("--json", log_format="json")
    assert json.loads(done.out)["published"]
    lines = [json.loads(line) for line in done.err.splitlines()]
    assert {"find the files", "read transactions/a.csv (1 of 2)", "switch to the snapshot"} <= {
        line.get("step") for line in lines
    }
    size = (world.raw / "transactions" / "a.csv").stat().st_size
    assert [line["bytes"] for line in lines if line.get("step", "").startswith("read transactions")] == [size]
    assert lines[-1]["event"] == "published" and lines[-1]["rows"]["source_file"] == 2
    assert lines[-1]["files"]["arrived"] == 2
    world.deliver("shops/empty.csv", "")
    refused = world("run", log_format="json").err.splitlines()
    assert {name: json.loads(refused[-1])[name] for name in ("level", "event", "limits")} == {
        "level": "error", "event": "refused", "limits": {"held": 1},
    }  # fmt: skip


def test_what_a_run_fails_of_is_json_too(world: Census, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line of standard error is an object: bad usage, a full disk, a fault of the program, a warning."""

    def told(*arguments: str, status: int, **variables: str) -> dict[str, Any]:
        done = world(*arguments, log_format="json", **variables)
        assert done.status == status, done.said
        return [json.loads(line) for line in done.err.splitlines()][-1]

    assert told("forget", "shops/none.csv", status=2).items() >= {"event": "failed", "level": "error", "status": 2}.items()
    for error, has_trace in ((OSError(28, "No space left on device"), False), (ZeroDivisionError("of nothing"), True)):

        def fails(*_: object, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr("flows.census._read_rules", fails)
            line = told("run", status=1)
        assert (line["event"], line["kind"], "traceback" in line) == ("failed", type(error).__name__, has_trace)
    (world.folder / "a-file").write_text("")
    done = world.run(log_format="json", metrics_file=str(world.folder / "a-file" / "census.prom"))
    lines = [json.loads(line) for line in done.err.splitlines()]
    assert [line["level"] for line in lines if line["event"] == "log"] == ["warning"]


def metrics(path: Path) -> dict[tuple[str, ...], float]:
    """The metrics of a file: value by name and labels."""
    families = text_string_to_metric_families(path.read_text())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_metrics(world: Census) -> None:
    path = world.folder / "collected" / "census.prom"
    world.run(metrics_file=str(path))
    told = metrics(path)
    assert told["census_run_success",] == 1
    assert (told["census_rows", "transactions"], told["census_rows_quarantined", "transactions"]) == (200, 1)
    assert told["census_files", "arrived"] == 2
    assert ("census_step_duration_seconds", "read the files") in told
    made_at = world.published("run")[0]["started_at"].replace(tzinfo=UTC).timestamp()
    assert (told["census_snapshot_timestamp_seconds",], told["census_run_refused",]) == (made_at, 0)
    world.deliver("shops/empty.csv", "")
    assert world("run", metrics_file=str(path)).status == 3
    told = metrics(path)
    assert told["census_run_success",] == 0 and told["census_run_error", "Refused"] == 1
    assert (told["census_run_refused",], told["census_limit_exceeded", "held"]) == (1, 1)
    assert told["census_snapshot_timestamp_seconds",] == made_at, "what is current is still told, and how old it is"
    assert ("census_step_duration_seconds", "read the files") in told and ("census_files", "arrived") not in told
    assert [name.name for name in path.parent.iterdir()] == ["census.prom"]


def test_metrics_of_a_damaged_snapshot_tell_of_the_run(world: Census) -> None:
    world.run()
    (world.warehouse / "current" / "census.duckdb").write_text("")
    path = world.folder / "census.prom"
    world.deliver("shops/empty.csv", "")
    assert world("run", metrics_file=str(path)).status == 3
    told = metrics(path)
    assert told["census_run_refused",] == 1 and ("census_snapshot_timestamp_seconds",) not in told


def test_metrics_are_those_of_the_run_that_has_the_warehouse(world: Census) -> None:
    path = world.folder / "census.prom"
    world.warehouse.mkdir()
    with locked(world.warehouse):
        assert world("run", metrics_file=str(path)).status == 4
    assert not path.exists()


def events(world: Census) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (world.warehouse / "lineage" / "events.jsonl").read_text().splitlines()]


def test_lineage(world: Census) -> None:
    world.run(lineage="true")
    start, complete = events(world)
    assert [start["eventType"], complete["eventType"]] == ["START", "COMPLETE"]
    assert start["run"]["runId"] == complete["run"]["runId"]
    assert {one["name"] for one in complete["inputs"]} == {
        str(world.raw / "shops" / "a.csv"), str(world.raw / "transactions" / "a.csv"),
    }  # fmt: skip
    assert all(Path(one["name"]).exists() for one in complete["outputs"])
    tables = {Path(one["name"]).stem: one["facets"]["schema"]["fields"] for one in complete["outputs"]}
    assert [field["name"] for field in tables["list_match"]][4] == "in_aliresearch"
    assert {"name": "sales", "type": "decimal(38, 2)"}.items() <= next(
        field for field in tables["village_status"] if field["name"] == "sales"
    ).items()
    world.deliver("shops/empty.csv", "")
    world("run", lineage="true")
    assert events(world)[-1]["eventType"] == "FAIL"
    assert events(world)[-1]["run"]["facets"]["errorMessage"]["message"] == "Refused: held"


def test_lineage_goes_where_the_variables_say(world: Census, monkeypatch: pytest.MonkeyPatch) -> None:
    path = world.folder / "elsewhere.jsonl"
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__TYPE", "file")
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__LOG_FILE_PATH", str(path))
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__APPEND", "true")
    world.run(lineage="true")
    assert [json.loads(line)["eventType"] for line in path.read_text().splitlines()] == ["START", "COMPLETE"]
    assert not (world.warehouse / "lineage").exists()


def test_lineage_without_its_package_is_a_warning(
    world: Census, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delitem(sys.modules, "flows.reports.lineage", raising=False)
    monkeypatch.setitem(sys.modules, "openlineage.client", None)
    with caplog.at_level(logging.WARNING):
        world.run(lineage="true")
    assert "taobao-village-census[lineage]" in caplog.text


def test_lineage_is_imported_only_where_it_is_asked_for(world: Census) -> None:
    world.lines("shops/b.csv", world.shop(2))
    code = "import sys; from flows.settings import load_settings; from flows.census import Request, take_census; "
    code += "take_census(load_settings(), Request()); print([name for name in sys.modules if name.startswith('openlineage')])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=world.folder,
        env=os.environ | world.environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_what_cannot_be_told_is_a_warning(world: Census, caplog: pytest.LogCaptureFixture) -> None:
    (world.folder / "a-file").write_text("")
    with caplog.at_level(logging.WARNING):
        world.run(metrics_file=str(world.folder / "a-file" / "census.prom"))
    assert "metrics or lineage could not be told" in caplog.text
