"""`census serve` as an operator sees it: a delivery is dropped in, and a browser shows the finished run; a killed part comes back."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from flows.census import Request, take_census
from flows.engine import ROOT
from flows.settings import load_settings
from tests import waiting

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prefect")]

ORDER = "transaction_id,shop_id,paid_at,amount,status,updated_at\n{},1,2019-05-01,12.50,TRADE_FINISHED,2019-05-02\n"
SHOP = "shop_id,platform,shop_type,opened_on,ship_from_address,recorded_at\n1,taobao,individual,2018-01-01,330110,2018-01-02\n"
_TWO_MINUTES = 120
_PATIENCE = 300
"""Seconds until a machine that does much else is given up."""
wait = partial(waiting.wait, seconds=_PATIENCE)


class Served:
    """A `census serve` of its own: folder, port, Prefect's home."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.raw, self.warehouse = folder, folder / "raw", folder / "warehouse"
        self.raw.mkdir()
        self.port = waiting.free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"
        self.start()

    @property
    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "CENSUS_"))}
        return {**clean, "PREFECT_HOME": str(self.folder / "home")}

    def run(self, *command: str) -> str:
        """What Python says that runs something with this service's address."""
        environment = self.environment | {"PREFECT_API_URL": f"{self.address}/api"}
        return subprocess.run(
            [sys.executable, *command], env=environment, capture_output=True, text=True, check=True, timeout=_TWO_MINUTES
        ).stdout.strip()

    def start(self) -> None:
        command = [sys.executable, "-c", "from flows.cli import main; main()", "serve", "--port", str(self.port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--raw", str(self.raw), "--warehouse", str(self.warehouse), "--quiet-seconds", "2"],
                env=self.environment, stderr=log, start_new_session=True,
            )  # fmt: skip
        wait(lambda: "Watching" in self.log.read_text())

    def deliver(self, name: str, text: str) -> None:
        path = self.raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def runs(self) -> list[dict[str, Any]]:
        """The flow runs that began, the newest first."""
        asked = urllib.request.Request(f"{self.address}/api/flow_runs/filter", b"{}", {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                runs = json.load(answer)
        except OSError:
            return []  # the server is starting
        return sorted((run for run in runs if run["start_time"]), key=lambda run: run["start_time"], reverse=True)

    def ended(self, state: str, name: str) -> dict[str, Any] | None:
        """The newest run of a state whose name ends so."""
        return next((run for run in self.runs() if run["state_type"] == state and run["name"].endswith(name)), None)

    def processes(self, told: str) -> list[int]:
        """The processes of this service whose command has a text."""
        found = subprocess.run(["pgrep", "-f", told], capture_output=True, text=True, check=False).stdout.split()
        return [pid for pid in map(int, found) if str(self.folder) in environment_of(pid)]

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)


def environment_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_text(errors="replace")
    except OSError:
        return ""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    service = Served(tmp_path)
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert chromium and driver, "this test needs a browser: apt-get install chromium chromium-driver"
    options = Options()
    options.binary_location = chromium
    for flag in (
        "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
        "disable-component-update", "disable-sync", "window-size=1400,1600", f"user-data-dir={tmp_path / 'browser'}",
    ):  # fmt: skip
        options.add_argument(f"--{flag}")
    with webdriver.Chrome(options=options, service=Service(driver)) as opened:
        yield opened


def text(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "body").text


def open_artifacts(browser: webdriver.Chrome, served: Served, run: dict[str, Any]) -> str:
    """What the page of a flow run shows under Artifacts."""
    browser.get(f"{served.address}/runs/flow-run/{run['id']}")
    tab = wait(lambda: [one for one in browser.find_elements(By.TAG_NAME, "a") + browser.find_elements(By.TAG_NAME, "button")
                        + browser.find_elements(By.TAG_NAME, "li") if one.text == "Artifacts"])[-1]  # fmt: skip
    tab.click()
    wait(lambda: "RESULTS" in text(browser).upper() or "REFUSED" in text(browser).upper())
    return text(browser)


def test_a_delivery_is_seen_as_a_finished_run(served: Served, browser: webdriver.Chrome, tmp_path: Path) -> None:
    served.deliver("shops/a.csv", SHOP)
    served.deliver("transactions/a.csv", ORDER.format(1))
    begun = time.monotonic()
    run = wait(lambda: served.ended("COMPLETED", ": 2 files"))
    browser.get(f"{served.address}/runs")
    wait(lambda: re.search(r"census 20\d\d-\d\d-\d\d: 2 files", text(browser)) and "Completed" in text(browser))
    assert time.monotonic() - begun < _TWO_MINUTES
    shown = open_artifacts(browser, served, run).lower()
    browser.save_screenshot(str(tmp_path / "finished.png"))
    for key in ("what-arrived", "rows-and-reasons", "headline", "status-changes", "results"):
        assert key in shown
    browser.get(f"{served.address}/deployments")
    wait(lambda: all(name in text(browser) for name in ("census-daily", "census-year-end", "census-rebuild")))

    served.deliver("shops/empty.csv", "")
    refused = wait(lambda: served.ended("FAILED", ": refused"))
    assert "refused-why" in open_artifacts(browser, served, refused).lower()
    browser.save_screenshot(str(tmp_path / "refused.png"))
    assert refused["state"]["message"] == "held"
    told = wait(lambda: [log["message"] for log in ask(served, "logs/filter") if log["flow_run_id"] == refused["id"]])
    assert "not published: held" in told
    assert "Traceback" not in "\n".join(told) + served.log.read_text(), "it is no fault of the program"


@pytest.mark.parametrize("what", ["the service and all that it started", "the service alone", "the server and the runner"])
def test_what_is_killed_comes_back_and_loses_nothing(served: Served, tmp_path: Path, what: str) -> None:
    served.deliver("shops/a.csv", SHOP)
    for number in range(1, 301):
        served.deliver(f"transactions/{number}.csv", ORDER.format(number))
    wait(lambda: [run for run in served.runs() if run["state_type"] == "RUNNING"])
    if what == "the server and the runner":
        for part in ("serve_deployments", "prefect server start"):
            for pid in served.processes(part):
                os.kill(pid, signal.SIGKILL)
        wait(lambda: served.log.read_text().count("it is started again") == 2)
    else:
        everything = served.processes("python")
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait()
        for pid in everything if what == "the service and all that it started" else ():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        served.start()
    served.deliver("transactions/after.csv", ORDER.format(1000))
    current = served.warehouse / "current"
    wait(lambda: current.exists() and "transactions/after.csv" in published_files(current))
    wait(lambda: not [run for run in served.runs() if run["state_type"] in ("PENDING", "RUNNING")])  # none is left hanging

    anew = take_census(load_settings(raw=served.raw, warehouse=tmp_path / "new"), Request()).snapshot
    history = {"run.parquet", "revision.parquet", "source_file.parquet"}
    tables = {
        path.relative_to(anew) for path in anew.rglob("*.parquet") if path.name not in history and "_state" not in path.parts
    }
    assert len(tables) > 5
    assert [table for table in tables if (current / table).read_bytes() != (anew / table).read_bytes()] == []
    assert published_files(current) == published_files(anew)


def published_files(snapshot: Path) -> list[str]:
    return sorted(pq.read_table(snapshot.resolve() / "source_file.parquet", columns=["path"]).column("path").to_pylist())


def test_the_automations_call_who_is_to_know(served: Served, tmp_path: Path) -> None:
    """docs/automations.yaml, loaded as it says."""
    called: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            called.append(json.loads(self.rfile.read(int(self.headers["content-length"])))["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as receiver:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        told = (ROOT / "docs" / "automations.yaml").read_text()
        (line,) = [line for line in told.splitlines() if "python -c" in line]
        script = line.split('"')[1].replace("https://example.org/census", f"http://127.0.0.1:{receiver.server_port}")
        block = served.run("-c", script)
        loaded = tmp_path / "automations.yaml"
        loaded.write_text(told.replace("00000000-0000-0000-0000-000000000000", block))
        served.run("-m", "prefect", "automation", "create", "--from-file", str(loaded))
        served.deliver("shops/a.csv", SHOP)
        wait(lambda: [text for text in called if re.fullmatch(r"Census \d{8}T\d{6}Z, 1 new files", text)])
        served.deliver("shops/empty.csv", "")
        wait(lambda: [text for text in called if text.startswith("shops/empty.csv: ")])
        wait(lambda: [text for text in called if re.match(r"census .*: refused: held\. http", text)])
        receiver.shutdown()


def test_runs_never_overlap(served: Served) -> None:
    """Three runs at once of the deployment: one is at work at any moment, the others are cancelled or find nothing new."""
    served.deliver("shops/a.csv", SHOP)
    for number in range(1, 101):
        served.deliver(f"transactions/{number}.csv", ORDER.format(number))
    (daily,) = wait(lambda: [one for one in ask(served, "deployments/filter") if one["name"] == "census-daily"])
    for _ in range(3):
        ask(served, f"deployments/{daily['id']}/create_flow_run")
    states = wait(lambda: states_at_the_end(served))
    assert len(states) >= 3 and set(states) <= {"COMPLETED", "CANCELLED"}
    worked = sorted((run["start_time"], run["end_time"]) for run in every(served) if run["state_type"] == "COMPLETED")
    assert worked and all(end <= begin for (_, end), (begin, _) in pairwise(worked))


def ask(served: Served, what: str) -> Any:
    """What the server answers; a busy one is asked again, as Prefect's client does."""
    asked = urllib.request.Request(f"{served.address}/api/{what}", b"{}", {"content-type": "application/json"})

    def answered() -> list[Any]:
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return [json.load(answer)]
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            return []

    return wait(answered)[0]


def states_at_the_end(served: Served) -> list[str]:
    """The states of all runs, once one is completed and none is to end any more."""
    states = [run["state_type"] for run in every(served)]
    return states if "COMPLETED" in states and not {"PENDING", "RUNNING"} & set(states) else []


def every(served: Served) -> list[dict[str, Any]]:
    return [run for run in ask(served, "flow_runs/filter") if run["state_type"] != "SCHEDULED"]
