"""What one resolver makes of addresses: ours, or a peer that is installed beside the Python that runs this.

    PYTHON tests/bench/address_peers.py installed                   # a JSON line per peer: name, version
    PYTHON tests/bench/address_peers.py NAME ADDRESSES YEAR         # ADDRESSES: a file with an address a line

Prints a JSON line per address, with what the resolver names of it (code, province, prefecture, county, county_code,
township, village; what it does not name is left out), then a line with seconds and peak MiB. Imports nothing of the
project but for `ours`, so that any environment can run it.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

Answer = dict[str, str]
PROJECT = Path(__file__).resolve().parents[2]
MEMORY_LIMIT = "768MiB"  # for DuckDB's buffers; the process has more


class Meter:
    """Seconds of the work on one core: wall time, or CPU time where threads make that more. Peak MiB of the process."""

    seconds = 0.0
    cpu = 0.0
    peak = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.cpu = time.process_time() - cpu
        self.seconds = max(time.perf_counter() - wall, self.cpu)
        self.peak = _peak()


def ours(addresses: Sequence[str], year: int, meter: Meter) -> list[Answer]:
    """The time is from an empty connection to all addresses resolved, the reference tables' loading included."""
    from flows.engine import connect
    from flows.places.locating import as_read, locate_addresses

    with tempfile.TemporaryDirectory() as scratch:
        with meter.running():
            con = connect(MEMORY_LIMIT, 1, Path(scratch))
            locate_addresses(con, PROJECT / "data" / "reference", addresses, year, tells=False)  # as a run does
        codes = dict(con.execute("select address, code from resolved_addresses").fetchall())
        con.close()
    return [_told(code=codes.get(as_read(address))) for address in addresses]


def cpca(addresses: Sequence[str], year: int, meter: Meter) -> list[Answer]:
    module: Any = import_module("cpca")
    with meter.running():
        rows = module.transform(list(addresses)).to_dict("records")
    return [
        _told(province=row["省"], prefecture=row["市"], county=row["区"], county_code=row["区"] and row["adcode"]) for row in rows
    ]


def cnloc(addresses: Sequence[str], year: int, meter: Meter, county_short: bool = False) -> list[Answer]:
    module: Any = import_module("cnloc")
    with meter.running():
        rows = module.getlocation(list(addresses), year=year, county_short=county_short, max_workers=1).to_dict("records")
    return [
        _told(
            province=row["province_name"],
            prefecture=row["city_name"],
            county=row["county_name"],
            county_code=row["county_adcode"],
        )
        for row in rows
    ]


def jionlp(addresses: Sequence[str], year: int, meter: Meter) -> list[Answer]:
    module: Any = import_module("jionlp")
    with meter.running():
        rows = [module.parse_location(address, town_village=True) for address in addresses]
    return [
        _told(
            province=row["province"],
            prefecture=row["city"],
            county=row["county"],
            township=row.get("town"),
            village=row.get("village"),
        )
        for row in rows
    ]


def geocoding_chn(addresses: Sequence[str], year: int, meter: Meter) -> list[Answer]:
    """Needs Java: the package holds the library that it wraps, but not what runs it."""
    module: Any = import_module("GeocodingCHN")
    with meter.running():
        geocoding = module.Geocoding()
        rows = [_normalized(geocoding, address) for address in addresses]
    return [
        _told(
            province=row.province,
            prefecture=row.city,
            county=row.district,
            county_code=row.districtId and str(row.districtId)[:6],
            township=row.town or row.street,
            village=row.village,
        )
        if row
        else {}
        for row in rows
    ]


def _normalized(geocoding: Any, address: str) -> Any:
    try:
        return geocoding.normalizing(address)
    except TypeError:  # so it ends where the library in Java finds nothing
        return None


class Resolver(NamedTuple):
    """How a resolver is asked, and the package that it is of; none where it is this project."""

    ask: Callable[[Sequence[str], int, Meter], list[Answer]]
    package: str = ""


RESOLVERS = {
    "ours": Resolver(ours),
    "cpca": Resolver(cpca, "cpca"),
    "cnloc": Resolver(cnloc, "cnloc"),
    "cnloc, county_short": Resolver(partial(cnloc, county_short=True), "cnloc"),
    "jionlp": Resolver(jionlp, "jionlp"),
    "GeocodingCHN": Resolver(geocoding_chn, "GeocodingCHN"),
}


def main() -> None:
    name, *rest = sys.argv[1:]
    with _standard_output_kept() as out:
        if name == "installed":
            for line in _installed():
                print(json.dumps(line), file=out)
            return
        addresses = Path(rest[0]).read_text(encoding="utf-8").splitlines()
        meter = Meter()
        answers = RESOLVERS[name].ask(addresses, int(rest[1]), meter)
        for answer in answers:
            print(json.dumps(answer, ensure_ascii=False), file=out)
        print(json.dumps({"seconds": meter.seconds, "cpu": meter.cpu, "peak": meter.peak}), file=out)


def _installed() -> Iterator[dict[str, str]]:
    for name, resolver in RESOLVERS.items():
        if resolver.package:
            try:
                yield {"name": name, "version": version(resolver.package)}
            except PackageNotFoundError:
                continue


def _told(**names: object) -> Answer:
    """The names that are texts: libraries tell of what they do not know with None, nan and empty texts."""
    return {level: str(name) for level, name in names.items() if name and str(name) != "nan"}


def _peak() -> float:
    """The most memory that this process has held, in MiB.

    What getrusage tells begins, on Linux, with the size of the process that started this one; VmHWM does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 1024)


@contextmanager
def _standard_output_kept() -> Iterator[Any]:
    """Standard output for our lines alone; what libraries print goes to standard error."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        yield out


if __name__ == "__main__":
    main()
