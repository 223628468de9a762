"""Steps of a run: how they are executed, shown and timed.

An executor runs a step in the process (`InProcess`), or as a task of a Prefect flow (flows.schedule), which may be on another
machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")


class Showing(Protocol):
    """Shows a step of a name while it lasts; one of several has a weight, of their total."""

    def __call__(self, name: str, weight: int = 0, total: int = 0, /) -> AbstractContextManager[object]:
        """Begins to show it."""
        ...


def shown_nowhere(name: str, *_: int) -> AbstractContextManager[object]:
    """Shows nothing."""
    return nullcontext(name)


@dataclass(frozen=True)
class Step(Generic[T]):
    """One of several steps that need nothing of each other; `shown` shows it while it lasts.

    A process that it is sent to shows nothing of it.
    """

    name: str
    call: Callable[[], T]
    shown: Callable[[], AbstractContextManager[object]] = nullcontext

    def __call__(self) -> T:
        """Does it, and shows it meanwhile."""
        with self.shown():
            return self.call()

    def __reduce__(self) -> tuple[type[Step[Any]], tuple[str, Callable[[], T]]]:
        """What is sent to another process."""
        return Step, (self.name, self.call)


class Executor(Protocol):
    """Executes steps under their names.

    `elsewhere` is the number of other processes that execute what `all` is given: such steps hold no connection, and what
    they find is what they return. 0: they are executed in this process.
    """

    @property
    def elsewhere(self) -> int: ...  # noqa: D102

    def one(self, name: str, step: Callable[[], T], /) -> T:
        """Executes a step and returns what it returns."""
        ...

    def all(self, steps: Sequence[Step[T]], workers: int, /) -> list[T]:
        """Executes steps that need nothing of each other, `workers` at once; returns what they return, in order."""
        ...


class InProcess:
    """Executes steps in the process, at once and without a server."""

    elsewhere = 0

    def one(self, name: str, step: Callable[[], T]) -> T:
        """Executes a step."""
        return step()

    def all(self, steps: Sequence[Step[T]], workers: int) -> list[T]:
        """Executes steps in threads: their work is DuckDB's and hashing, which let go of Python's lock."""
        with ThreadPoolExecutor(workers) as pool:
            waiting = [pool.submit(step) for step in steps]
            try:
                return [future.result() for future in waiting]
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


class Steps:
    """Executes steps, shows them while they last, and keeps their time: `timings`, in seconds by name."""

    def __init__(self, executor: Executor, showing: Showing) -> None:
        self._executor, self._showing = executor, showing
        self.timings: dict[str, float] = {}

    @property
    def elsewhere(self) -> int:
        """The number of other processes that execute what `all` is given."""
        return self._executor.elsewhere

    def one(self, name: str, step: Callable[[], T]) -> T:
        """Executes a step and returns what it returns."""
        with self._showing(name), self._timed(name):
            return self._executor.one(name, step)

    def all(
        self, name: str, steps: Sequence[tuple[str, Callable[[], T]]], workers: int, weights: Sequence[int] | None = None
    ) -> list[T]:
        """Executes independent steps, timed together under a name; each is shown under its own, with its weight in bytes."""
        weights = weights or [0] * len(steps)
        with self._timed(name):
            shown = [
                Step(told, call, partial(self._showing, f"{told} ({at} of {len(steps)})", weight, sum(weights)))
                for at, ((told, call), weight) in enumerate(zip(steps, weights, strict=True), 1)
            ]
            return self._executor.all(shown, workers)

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            self.timings[name] = round(time.monotonic() - begun, 3)
