"""The flow `census`: the same steps as tasks of Prefect give what the process alone gives."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness

from flows.census import Refused, Request, census_flow, take_census
from flows.settings import Settings, load_settings

ORDER = "transaction_id,shop_id,paid_at,amount,status,updated_at\n{},1,2019-05-01,12.50,TRADE_FINISHED,2019-05-02\n"
SHOP = "shop_id,platform,shop_type,opened_on,ship_from_address,recorded_at\n1,taobao,individual,2018-01-01,330110,2018-01-02\n"


@pytest.fixture(scope="session", autouse=True)
def _server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


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


def showing(name: str) -> nullcontext[None]:
    return nullcontext()


def parquet(snapshot: Path) -> dict[str, bytes]:
    """Every published table but those that tell of the run, by path."""
    files = {path.relative_to(snapshot).as_posix(): path.read_bytes() for path in snapshot.rglob("*.parquet")}
    return {name: content for name, content in files.items() if name != "run.parquet"}


def test_the_flow_publishes_what_the_process_publishes(settings: Settings, tmp_path: Path) -> None:
    by_flow = census_flow(settings, Request(), showing)
    alone = take_census(settings.model_copy(update={"warehouse": tmp_path / "other"}), Request())
    assert by_flow.published and by_flow.rows["shop_year"] == 1
    assert parquet(by_flow.snapshot) == parquet(alone.snapshot)


def test_nothing_new_is_a_success_of_the_flow(settings: Settings) -> None:
    first = census_flow(settings, Request(), showing)
    again = census_flow(settings, Request(), showing)
    assert not again.published and again.snapshot == first.snapshot


def test_a_refused_run_is_a_failure_of_the_flow(settings: Settings) -> None:
    (settings.raw / "shops" / "empty.csv").write_bytes(b"")
    with pytest.raises(Refused, match="held"):
        census_flow(settings, Request(), showing)
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs()
    newest = max(runs, key=lambda run: run.created)
    assert newest.state is not None and newest.state.is_failed()


def test_each_file_is_a_task_of_its_name(settings: Settings) -> None:
    census_flow(settings, Request(), showing)
    with get_client(sync_client=True) as client:
        newest = max(client.read_flow_runs(), key=lambda run: run.created)
        tasks = {run.name for run in client.read_task_runs() if run.flow_run_id == newest.id}
    assert {"read transactions/2019 (a).csv", "read transactions/b.csv", "read shops/a.csv"} <= tasks
