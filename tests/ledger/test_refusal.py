"""Why the last run was refused: kept until one publishes; a note that is not whole is none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.ledger import clear_refusal, last_refusal, note_refusal


def test_it_is_kept_until_it_is_cleared(tmp_path: Path) -> None:
    assert last_refusal(tmp_path) is None
    note_refusal(tmp_path, datetime(2019, 5, 6, tzinfo=UTC), {"held": ["shops/a.csv"]})
    assert last_refusal(tmp_path) == {"at": "2019-05-06T00:00:00+00:00", "limits": {"held": ["shops/a.csv"]}}
    for _ in range(2):
        clear_refusal(tmp_path)
        assert last_refusal(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"{", bytes(100), b"\xff"])
def test_what_a_failing_power_leaves(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "refused.json").write_bytes(content)
    assert last_refusal(tmp_path) is None
