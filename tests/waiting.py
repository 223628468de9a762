"""What tests of processes beside them need: to wait for what they do, and ports for them."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any


def wait(what: Callable[[], Any], seconds: float) -> Any:
    """What a question is answered with, once the answer is not nothing."""
    end = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.1)
    return answer


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind((host, 0))
        return int(free.getsockname()[1])
