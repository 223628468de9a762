"""`census run --runner dask`: files are read and orders folded by a Dask cluster, and every table is as from one machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flows.census import Request, take_census
from flows.engine import ROOT
from flows.settings import load_settings
from tests.dask_cluster import PATIENCE, Cluster, environment, prefect_server, wait

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]

EXAMPLE = ROOT / "data" / "raw"
OF_A_RUN = {"run.parquet"}
"""Tables that tell of the run itself."""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def census(folder: Path, *flags: str, **env: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from flows.cli import main; main()", "run", "--runner", "dask", "--raw", str(EXAMPLE)]
    return subprocess.Popen(
        [*command, "--warehouse", str(folder / "warehouse"), *flags],
        env=environment(folder, **env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def told(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=PATIENCE)[0]


def tables(warehouse: Path) -> dict[Path, bytes]:
    """The published tables, byte by byte."""
    current = warehouse / "current"
    return {
        path.relative_to(current): path.read_bytes()
        for path in current.rglob("*.parquet")
        if path.name not in OF_A_RUN and "_state" not in path.parts
    }


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, bytes]:
    """The tables of the example, taken on this machine alone."""
    folder = tmp_path_factory.mktemp("here")
    take_census(load_settings(raw=EXAMPLE, warehouse=folder), Request())
    return tables(folder)


def test_two_workers_give_what_one_machine_gives(tmp_path: Path, stack: ExitStack, here: dict[Path, bytes]) -> None:
    cluster = Cluster(tmp_path, stack)
    for _ in range(2):
        cluster.add_worker()
    run = census(tmp_path, "--address", cluster.address)
    assert "Published" in told(run) and run.returncode == 0
    assert cluster.done_by(0) > 1 and cluster.done_by(1) > 1
    assert tables(tmp_path / "warehouse") == here


def test_a_worker_that_is_killed_costs_its_task_alone(tmp_path: Path, stack: ExitStack, here: dict[Path, bytes]) -> None:
    cluster = Cluster(tmp_path, stack)
    for _ in range(2):
        cluster.add_worker()
    run = census(tmp_path, "--address", cluster.address)
    wait(lambda: cluster.done_by(0) > 2)
    cluster.workers[0].kill()
    finished = cluster.done_by(0)
    assert "Published" in told(run) and run.returncode == 0
    assert finished < 15, "it was killed in the middle"
    assert tables(tmp_path / "warehouse") == here
    assert not [*(tmp_path / "warehouse" / "segments").glob(".building-*")], "what it left is removed"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make network namespaces")
def test_workers_on_machines_of_their_own(tmp_path: Path, stack: ExitStack, here: dict[Path, bytes]) -> None:
    """Two network namespaces, with a bridge between them and this one, and the folders shared."""
    network = Network(stack, workers=2)
    cluster = Cluster(tmp_path, stack, network.here)
    api = prefect_server(tmp_path, stack, network.here)
    for name in network.names:
        cluster.add_worker(inside=name, PREFECT_API_URL=api)
    run = census(tmp_path, "--address", cluster.address, PREFECT_API_URL=api)
    assert "Published" in told(run) and run.returncode == 0
    assert cluster.done_by(0) > 1 and cluster.done_by(1) > 1
    assert tables(tmp_path / "warehouse") == here


class Network:
    """Network namespaces `names`, each with an address of its own on a bridge that has the address `here`."""

    def __init__(self, stack: ExitStack, workers: int) -> None:
        bridge, self.here = f"cb{os.getpid() % 10_000}", "10.213.77.1"
        self.names = [f"{bridge}-{number}" for number in range(workers)]
        ip("link", "add", bridge, "type", "bridge")
        stack.callback(ip, "link", "del", bridge)
        ip("addr", "add", f"{self.here}/24", "dev", bridge)
        ip("link", "set", bridge, "up")
        for number, name in enumerate(self.names):
            ip("netns", "add", name)
            stack.callback(ip, "netns", "del", name)
            ip("link", "add", f"{bridge}h{number}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"{bridge}h{number}", "master", bridge, "up")
            ip("-n", name, "addr", "add", f"10.213.77.{number + 2}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")


def ip(*command: str) -> None:
    subprocess.run(["ip", *command], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "no address of a Dask scheduler: --address tcp://HOST:8786"),
        (["--address", "tcp://127.0.0.1:9"], "no Dask scheduler answers at tcp://127.0.0.1:9"),
    ],
)
def test_without_a_cluster_nothing_is_done(tmp_path: Path, flags: list[str], message: str) -> None:
    run = census(tmp_path, *flags)
    assert message in told(run) and run.returncode == 2
    assert not (tmp_path / "warehouse" / "current").exists()


def test_a_cluster_without_workers_is_refused(tmp_path: Path, stack: ExitStack) -> None:
    cluster = Cluster(tmp_path, stack)
    run = census(tmp_path, "--address", cluster.address)
    assert f"has no worker: dask worker {cluster.address}" in told(run) and run.returncode == 2
