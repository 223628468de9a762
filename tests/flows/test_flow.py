"""The flow `census`: the same steps as tasks of Prefect give what the process alone gives, and the UI shows what they came to."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import FlowRun
from prefect.testing.utilities import prefect_test_harness

from flows import schedule
from flows.census import Refused, Request, take_census
from flows.ledger import Locked, locked
from flows.schedule import deployments, run_as_flow
from flows.settings import Settings, load_settings
from flows.steps import shown_nowhere

pytestmark = pytest.mark.xdist_group("prefect")  # one server for all of them

ORDER = "transaction_id,shop_id,paid_at,amount,status,updated_at\n{},1,2019-05-01,12.50,TRADE_FINISHED,2019-05-02\n"
SHOP = "shop_id,platform,shop_type,opened_on,ship_from_address,recorded_at\n1,taobao,individual,2018-01-01,330110,2018-01-02\n"


@pytest.fixture(scope="session", autouse=True)
def _server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def api() -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name, text in {
        "transactions/2019 {a}.csv": ORDER.format(1),
        "transactions/b.csv": ORDER.format(2),
        "shops/a.csv": SHOP,
    }.items():
        path = tmp_path / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return load_settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", threads=2)


def parquet(snapshot: Path) -> dict[str, bytes]:
    """Every published table but those that tell of the run, by path."""
    files = {path.relative_to(snapshot).as_posix(): path.read_bytes() for path in snapshot.rglob("*.parquet")}
    return {name: content for name, content in files.items() if name != "run.parquet"}


def newest(api: SyncPrefectClient) -> FlowRun:
    return max(api.read_flow_runs(), key=lambda run: run.created)


def shown(api: SyncPrefectClient, run: FlowRun) -> dict[str, Any]:
    """The artifacts of a flow run, by key: rows of a table, else the text."""
    of_run = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
    found = {artifact.key: artifact for artifact in api.read_artifacts(artifact_filter=of_run)}
    return {key: json.loads(one.data) if one.type == "table" else one.data for key, one in found.items()}


def test_a_run(settings: Settings, tmp_path: Path, api: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[tuple[str, Any]] = []
    monkeypatch.setattr(schedule, "emit_event", lambda name, resource, payload: events.append((name, payload)))
    by_flow = run_as_flow(settings, Request(), shown_nowhere)
    alone = take_census(settings.model_copy(update={"warehouse": tmp_path / "other"}), Request())
    assert by_flow.published and by_flow.rows["shop_year"] == 1
    assert parquet(by_flow.snapshot) == parquet(alone.snapshot)

    run = newest(api)
    assert run.name.startswith("census 20") and run.name.endswith(": 3 files")
    tasks = {task.name for task in api.read_task_runs() if task.flow_run_id == run.id}
    assert {"read transactions/2019 (a).csv", "read transactions/b.csv", "read shops/a.csv"} <= tasks
    artifacts = shown(api, run)
    assert {(row["file"], row["what"], row["rows"]) for row in artifacts["what-arrived"]} == {
        ("shops/a.csv", "arrived", 1), ("transactions/2019 {a}.csv", "arrived", 1), ("transactions/b.csv", "arrived", 1),
    }  # fmt: skip
    assert {"of": "transactions", "what": "rows", "rows": "2"} in artifacts["rows-and-reasons"]
    assert any(row["figure"] == "taobao_villages" and row["census"] == "0" for row in artifacts["headline"])
    assert "first snapshot" in artifacts["status-changes"]
    assert artifacts["read-the-files"] == 100
    assert str(settings.warehouse) in artifacts["results"]
    assert [name for name, _ in events] == ["census.published"] and events[0][1]["files"] == 3

    again = run_as_flow(settings, Request(), shown_nowhere)
    assert not again.published and again.snapshot == by_flow.snapshot
    assert newest(api).name.endswith(": nothing new")


def test_a_refused_run_is_a_failed_flow_run_that_says_why(
    settings: Settings, api: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[tuple[str, Any]] = []
    monkeypatch.setattr(schedule, "emit_event", lambda name, resource, payload: events.append((name, payload)))
    (settings.raw / "shops" / "empty.csv").write_bytes(b"")
    with caplog.at_level(logging.INFO), pytest.raises(Refused, match="held"):
        run_as_flow(settings, Request(), shown_nowhere)
    assert not any(record.exc_info for record in caplog.records), "no traceback: it is no fault of the program"
    run = newest(api)
    assert run.state is not None and run.state.is_failed() and run.state.message == "held"
    assert run.name.endswith(": refused")
    (row,) = shown(api, run)["refused-why"]
    assert row["limit"] == "held" and row["what"].startswith("shops/empty.csv: ")
    assert [name for name, _ in events] == ["census.refused", "census.held"]


def test_a_run_beside_another_does_nothing(settings: Settings, api: SyncPrefectClient) -> None:
    settings.warehouse.mkdir()
    with locked(settings.warehouse), pytest.raises(Locked):
        run_as_flow(settings, Request(), shown_nowhere)
    assert newest(api).name.endswith(": another run is at work")
    assert not (settings.warehouse / "current").exists()


@pytest.mark.slow
def test_the_deployed_flow_releases_the_year_that_it_is_asked_for(settings: Settings, api: SyncPrefectClient) -> None:
    """The newest order is of May 2019 and was updated then: 2019 is not over, until an order of July is there."""
    asked: dict[str, Any] = {"raw": settings.raw, "warehouse": settings.warehouse, "checks": "sql", "release": True, "year": 2019}
    state = schedule.census(**asked, return_state=True)
    assert state.is_failed() and state.message == "window"
    assert not (settings.warehouse / "releases").exists()
    (settings.raw / "transactions" / "c.csv").write_text(ORDER.format(3).replace("2019-05-0", "2019-07-0"))
    assert schedule.census(**asked, return_state=True).is_completed()
    assert newest(api).name.endswith(": released 2019-1")
    assert (settings.warehouse / "releases" / "2019-1" / "SHA256SUMS").exists()


@pytest.mark.slow
def test_the_deployed_flow_releases_no_year_but_the_one_just_closed(
    settings: Settings, api: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the year's records are late, an older year is not released in its place."""
    (settings.raw / "transactions" / "c.csv").write_text(ORDER.format(3).replace("2019-05-0", "2019-07-0"))
    monkeypatch.setattr(schedule, "closed_year", lambda _: 2020)
    state = schedule.census(raw=settings.raw, warehouse=settings.warehouse, checks="sql", release=True, return_state=True)
    assert state.is_failed() and state.message == "window"
    assert newest(api).name.endswith(": 2020 is not released")
    assert not (settings.warehouse / "releases").exists()


def test_a_disk_that_fails_once_is_asked_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.intake.readers import Readers

    monkeypatch.setattr(schedule, "exponential_backoff", lambda _: [0.0])
    take, failed = Readers.take, []

    def take_at_second_try(self: Readers, table: str, kind: str, path: Path) -> Any:
        if path.name == "b.csv" and not failed:
            failed.append(path)
            raise OSError(5, "Input/output error")
        return take(self, table, kind, path)

    monkeypatch.setattr(Readers, "take", take_at_second_try)
    assert run_as_flow(settings, Request(), shown_nowhere).rows["source_file"] == 3
    assert len(failed) == 1


def test_the_deployments_are_those_of_the_file(tmp_path: Path) -> None:
    daily, year_end, rebuild = deployments({"raw": str(tmp_path)})
    assert [one.name for one in (daily, year_end, rebuild)] == ["census-daily", "census-year-end", "census-rebuild"]
    schedules = [
        [(one.schedule.cron, one.schedule.timezone) for one in each.schedules or []] for each in (daily, year_end, rebuild)
    ]
    assert schedules == [[("0 3 * * *", "Asia/Shanghai")], [("0 5 5 7 *", "Asia/Shanghai")], []]
    for each in (daily, year_end, rebuild):
        assert (each.concurrency_limit, each.concurrency_options.collision_strategy.value) == (1, "CANCEL_NEW")
        assert each.parameters["raw"] == str(tmp_path)
        assert all(told["description"] for told in each._parameter_openapi_schema.properties.values())
    assert (daily.parameters.get("rebuild"), rebuild.parameters["rebuild"]) == (None, True)
