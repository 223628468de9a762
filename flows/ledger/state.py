"""The state of a warehouse: it lies in its current snapshot and is switched with it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class State:
    """What the next run starts from.

    `live` maps each live path (relative to the raw folder) to the segment of its content; `accepted` maps a limit
    (held, quarantine) to the contents that it was accepted for; `inputs` are digests of everything else that decides
    what is published; `earlier` names the snapshots that were current before, oldest first.
    """

    live: dict[str, str] = field(default_factory=dict)
    accepted: dict[str, list[str]] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    earlier: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes the state as JSON."""
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")


def load_state(path: Path) -> State:
    """The state that a snapshot holds, or that of an empty warehouse."""
    try:
        return State(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return State()
