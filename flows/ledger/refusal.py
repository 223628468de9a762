"""Why the last run was refused, kept for `census status` until one publishes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

_NAME = "refused.json"


def note_refusal(warehouse: Path, at: datetime, limits: Mapping[str, Sequence[str]]) -> None:
    """Keeps which limits were exceeded, and by what."""
    path = warehouse / _NAME
    told = {"at": at.isoformat(timespec="seconds"), "limits": {limit: list(lines) for limit, lines in limits.items()}}
    path.with_suffix(".new").write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(path.with_suffix(".new"), path)


def last_refusal(warehouse: Path) -> dict[str, Any] | None:
    """What note_refusal kept, or None; also where a failing power left no more than its name."""
    try:
        told: dict[str, Any] = json.loads((warehouse / _NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return told


def clear_refusal(warehouse: Path) -> None:
    """Forgets it: a run has published, or there is nothing new any more."""
    (warehouse / _NAME).unlink(missing_ok=True)
