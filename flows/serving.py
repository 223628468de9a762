"""`census serve`: a Prefect server where none is configured, the deployments, and a look at the folder of the delivered files.

Two processes are kept alive beside this one: the server, and one that runs the deployments when their time comes. What they
know lies in Prefect's database (PREFECT_HOME), so one that is killed goes on where it was.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from typing import Any

from flows.settings import Settings
from flows.watch import changes

_SERVER = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # many tasks in a short time would stall the next flow run
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "0.5",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "100",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "0.5",
    # a server that is started again knows of the run at work, and neither ends it nor begins another beside it
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}
_ON_A_LEASH = (
    "import ctypes, os, sys; sys.platform == 'linux' and ctypes.CDLL(None).prctl(1, 9); "  # PR_SET_PDEATHSIG, SIGKILL
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""Runs Python with arguments so that it is killed with the process that started it, however that one ends."""
_RUNNER = ("-c", "from flows.schedule import serve_deployments; serve_deployments()")
_PATIENCE = 120
"""Seconds that a server may take to answer: it makes its database at the first start."""


class NoServer(RuntimeError):
    """The Prefect server does not answer."""


def serve(settings: Settings, port: int, watched: bool, tell: Callable[[str], None]) -> None:
    """Serves the deployments until it is interrupted. Raises NoServer."""
    os.environ["DO_NOT_TRACK"] = "1"
    from prefect.settings import PREFECT_API_URL, temporary_settings

    configured = PREFECT_API_URL.value()  # by the variable or a profile
    api = configured or f"http://127.0.0.1:{port}/api"
    absolute = settings.absolute()
    ours = {"PREFECT_API_URL": api, "CENSUS_RAW": str(absolute.raw), "CENSUS_WAREHOUSE": str(absolute.warehouse)}
    os.environ.update(ours)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # who stops a service ends its children too
    with temporary_settings({PREFECT_API_URL: api}):
        _keep_up(settings, port, watched, tell, own=not configured)


def _keep_up(settings: Settings, port: int, watched: bool, tell: Callable[[str], None], own: bool) -> None:
    start = ("-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
    children = [_Child("the Prefect server", start, _SERVER, tell)] if own and not _answers() else []
    try:
        _wait_for_server(children)
        tell(f"Prefect: {_api().removesuffix('/api')}" + ("" if children else ", which was at work already"))
        children.append(_Child("the runner of the deployments", _RUNNER, {}, tell))
        if watched:
            tell(f"Watching {settings.raw}: a run begins when a delivery has been quiet for {settings.quiet_seconds:g} s.")
            context = copy_context()  # of Prefect's settings
            threading.Thread(target=context.run, args=(_run_when_delivered, settings, tell), daemon=True).start()
        while True:
            time.sleep(1)
            for child in children:
                child.keep()
    except KeyboardInterrupt:
        tell("stopping: a run at work is ended, and the next one takes in its files")
    finally:
        for child in reversed(children):
            child.end()


def _run_when_delivered(settings: Settings, tell: Callable[[str], None]) -> None:
    """Begins a run of the daily deployment each time that a delivery is complete; again, where another run was in the way."""
    from prefect.deployments import run_deployment

    from flows.schedule import DAILY

    for files in changes(settings):
        while True:
            try:
                run: Any = run_deployment(DAILY, as_subflow=False, poll_interval=2)
            except Exception as error:  # noqa: BLE001 (the server may be starting again, the deployment not yet be there)
                tell(f"A delivery waits: {type(error).__name__}: {error}")
                time.sleep(5)
                continue
            state = run.state
            if state is None or not (state.is_cancelled() or state.is_crashed()):
                tell(f"{files:,} files: {run.name}: {state.name if state else ''}")
                break
            time.sleep(settings.quiet_seconds)


def _wait_for_server(children: Sequence[_Child]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if _answers():
            return
        if any(child.has_failed for child in children):
            raise NoServer("the Prefect server ended at once: is the port free? census serve --port takes another")
        time.sleep(0.5)
    raise NoServer(f"the Prefect server at {_api()} does not answer. Is PREFECT_API_URL right?")


def _answers() -> bool:
    """Whether a Prefect server is at work at the address."""
    from prefect import get_client

    with get_client(sync_client=True) as client:
        return client.api_healthcheck() is None


def _api() -> str:
    from prefect.settings import PREFECT_API_URL

    return str(PREFECT_API_URL.value())


class _Child:
    """A process that is started again when it ends, a little later each time."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], tell: Callable[[str], None]) -> None:
        self.name = name
        self._command, self._tell = (sys.executable, "-c", _ON_A_LEASH, *command), tell
        self._environment = {**os.environ, **environment}
        self._waits, self._not_before = 1.0, 0.0
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self._begun = time.monotonic()
        return subprocess.Popen(self._command, env=self._environment, stdout=subprocess.DEVNULL)  # noqa: S603 (our own)

    @property
    def has_failed(self) -> bool:
        return self._process.poll() not in (None, 0)

    def keep(self) -> None:
        """Starts it again if it ended."""
        if self._process.poll() is None:
            return
        if not self._not_before:
            self._waits = 1.0 if time.monotonic() - self._begun > _PATIENCE else min(2 * self._waits, 60.0)
            self._not_before = time.monotonic() + self._waits
            self._tell(f"{self.name} ended with {self._process.returncode}; it is started again in {self._waits:.0f} s")
        elif time.monotonic() >= self._not_before:
            self._not_before, self._process = 0.0, self._start()

    def end(self) -> None:
        """Ends it: asks first."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
