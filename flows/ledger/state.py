"""The state of a warehouse: it lies in its current snapshot and is switched with it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


class StateLost(RuntimeError):
    """It cannot be told what a warehouse holds: the state of a snapshot, or `current`, is not as it was written."""


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
    """The state that a snapshot holds. Raises StateLost: an empty one would let go of every record."""
    try:
        return State(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        wrong = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        raise StateLost(
            f"{path} {wrong}, so it cannot be told which records the snapshot needs. Nothing changed. Put the file back from a "
            f"copy of the warehouse"
        ) from error
