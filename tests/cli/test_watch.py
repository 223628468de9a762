"""`census watch`: a delivery is taken in when it is complete, that is when nothing has changed for a while."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest

from flows.settings import Settings, load_settings
from flows.watch import changes
from tests.conftest import Census


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(raw=tmp_path / "raw", warehouse=tmp_path / "warehouse", quiet_seconds=60)


class Clock:
    """Time that passes at once; at given seconds something happens."""

    def __init__(self, happenings: dict[int, Callable[[], object]]) -> None:
        self.now, self.happenings = 0.0, happenings

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for moment in [moment for moment in self.happenings if moment <= self.now]:
            self.happenings.pop(moment)()


def test_it_waits_until_a_delivery_has_been_quiet(settings: Settings) -> None:
    orders = settings.raw / "transactions"
    orders.mkdir(parents=True)
    (orders / "a.csv").write_text("1")
    clock = Clock({
        100: lambda: (orders / "b.csv").write_text("half"),
        140: lambda: (orders / "b.csv").write_text("half and half"),  # before a minute is over
        180: lambda: (orders / "b.csv.part").write_text("no data file"),
    })  # fmt: skip
    told = [(files, clock.now) for files in islice(changes(settings, clock.sleep), 2)]
    assert told == [(1, 60.0), (2, 200.0)]


def test_a_folder_that_is_not_there_is_waited_for(settings: Settings) -> None:
    clock = Clock(
        {70: lambda: (settings.raw / "shops").mkdir(parents=True), 90: lambda: (settings.raw / "shops" / "a.csv").write_text("1")}
    )
    told = [(files, clock.now) for files in islice(changes(settings, clock.sleep), 2)]
    assert told == [(0, 60.0), (1, 150.0)]


def test_the_command_goes_on_after_a_refusal(census: Census, monkeypatch: pytest.MonkeyPatch) -> None:
    """First an empty file, which is held; then it is gone, and the run publishes."""
    empty = census.raw / "shops" / "empty.csv"

    def deliveries(settings: Settings) -> object:
        empty.parent.mkdir(parents=True, exist_ok=True)
        empty.write_bytes(b"")
        yield 1
        assert not (census.warehouse / "current").exists()
        empty.unlink()
        yield 0

    monkeypatch.setattr("flows.watch.changes", deliveries)
    told = census("watch")
    assert told.status == 0
    assert "held" in told.out and "Published" in told.out
