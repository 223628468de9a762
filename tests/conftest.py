"""What the rooms' tests share: `reader` reads one file, `census` takes a census of small deliveries, `published` its tables.

The places of these tests are a county of three towns, in editions 2018 to 2021 (DIVISIONS); a test that needs other
places writes its own with `census.places`.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, Phase, settings

from flows.cli import main
from flows.engine import ROOT, connect
from flows.intake import Aliases, Segment, Segments, load_aliases, prepare

settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
settings.register_profile(
    "explore", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("suite")  # `pytest --hypothesis-profile=explore` looks further

ALIASES = ROOT / "data" / "reference" / "aliases.toml"

HEADERS = {
    "shops": "shop_id,platform,shop_type,opened_on,closed_on,registered_address,ship_from_address,receive_address,"
    "household_id,recorded_at",
    "transactions": "transaction_id,shop_id,paid_at,amount,refunded_amount,status,updated_at",
    "villages": "village_code,year,households,population,recorded_at",
    "counties": "county_code,year,population,recorded_at",
    "lists": "year,place",
}

# A province, a prefecture, a county; 大集镇 and 安蔡楼镇 are towns, 曹城街道 is an urban one. Editions 2018 to 2021.
DIVISIONS = [
    ("37", "山东省"),
    ("3717", "菏泽市"),
    ("371721", "曹县"),
    ("371721101", "大集镇"),
    ("371721101201", "丁楼村"),
    ("371721101202", "张庄村"),
    ("371721101203", "孙庄村"),
    ("371721101001", "大集社区"),
    ("371721102", "安蔡楼镇"),
    ("371721102201", "火神台村"),
    ("371721001", "曹城街道"),
    ("371721001001", "府前社区"),
    ("371721001201", "王庄村"),
]


# ---------------------------------------------------------------- reading one file
@dataclass(frozen=True)
class Read:
    """What one file gave: its segment, its accepted rows, and of its quarantined ones reasons and raw text by line."""

    segment: Segment
    rows: list[dict[str, Any]]
    reasons: dict[int, str]
    raw: dict[int, str | None]
    folder: Path

    @property
    def held(self) -> str | None:
        """Why the file is held."""
        return self.segment.held_reason


class Reader:
    """A connection of intake and a folder of segments; every content is new to it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, aliases: Aliases, folder: Path) -> None:
        self.con, self.aliases, self.folder, self.count = con, aliases, folder, 0

    def read(self, table: str, kind: str, content: bytes | str) -> Read:
        """Reads a content as a file of a raw table; `kind` is the format by extension, such as "csv.gz"."""
        self.count += 1
        here = self.folder / str(self.count)
        path, scratch = here / f"delivered.{kind}", here / "scratch"
        scratch.mkdir(parents=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        segments = Segments(here / "segments", self.aliases)
        segment = segments.take(self.con, self.aliases, table, kind, path, scratch)
        made = segments.folder / segment.name
        rows = [row for file in made.glob("rows*.parquet") for row in pq.read_table(file).to_pylist()]
        bad = [row for file in made.glob("quarantine.parquet") for row in pq.read_table(file).to_pylist()]
        assert segment.held_reason or (len(rows), len(bad)) == (segment.accepted, segment.quarantined)
        assert segment.held_reason or segment.rows == len(rows) + len(bad)
        return Read(
            segment,
            sorted(rows, key=lambda row: [(value is None, value) for value in row.values()]),
            {row["line"]: row["reasons"] for row in sorted(bad, key=lambda row: row["line"])},
            {row["line"]: row["raw"] for row in bad},
            made,
        )

    def csv(self, table: str, *lines: str, header: str | None = None) -> Read:
        """Reads a CSV file of the table's own header (or another) and these lines."""
        return self.read(table, "csv", "\n".join([header or HEADERS[table], *lines]) + "\n")

    def rows(self, table: str, kind: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Read:
        """Reads a file of any format with these columns and rows of texts; "quoted.csv" has every field in quotes."""
        return self.read(table, kind.removeprefix("quoted."), write(kind, header, rows))

    @staticmethod
    def workbook(rows: Iterable[Sequence[Any]]) -> bytes:
        """A workbook of one sheet with these rows."""
        return workbook(rows)


def write(kind: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The bytes of a file. "quoted.csv" is a CSV file with every field in quotes."""
    base = kind.removeprefix("quoted.").partition(".")[0]
    if base == "parquet":
        table = pa.table(
            {name: pa.array(column, pa.string()) for name, column in zip(header, zip(*rows, strict=True), strict=True)}
        )
        out = io.BytesIO()
        pq.write_table(table, out)
        return out.getvalue()
    if base == "xlsx":
        return workbook([header, *rows])
    if base == "jsonl":
        text = "".join(json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False) + "\n" for row in rows)
    else:
        field = _quoted if kind.startswith("quoted.") else _field
        text = "".join(",".join(map(field, row)) + "\n" for row in [header, *rows])
    return {"gz": gzip.compress, "zst": zstandard.compress}.get(kind.rpartition(".")[2], bytes)(text.encode())


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _field(value: str) -> str:
    return _quoted(value) if '"' in value or "," in value else value


def workbook(rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet; texts are texts, also those that begin with `=`."""
    book = openpyxl.Workbook()
    sheet = book.active
    for r, row in enumerate(rows, 1):
        for c, value in enumerate(row, 1):
            cell = sheet.cell(r, c, value)
            if isinstance(value, str):
                cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A prepared connection of intake, with the shipped alias table."""
    folder = tmp_path_factory.mktemp("reader")
    aliases = load_aliases(ALIASES)
    with connect("1GiB", 2, folder) as con:
        prepare(con, aliases)
        yield Reader(con, aliases, folder)


@pytest.fixture
def reader_with(tmp_path: Path) -> Iterator[Callable[[str], Reader]]:
    """Makes a reader whose alias table is the shipped one with some text in place of another, or added."""
    with contextlib.ExitStack() as stack:

        def make(added: str, instead_of: str = "") -> Reader:
            text = ALIASES.read_text(encoding="utf-8")
            assert instead_of in text
            path = tmp_path / "aliases.toml"
            path.write_text(text.replace(instead_of, added, 1) if instead_of else text + added, encoding="utf-8")
            aliases = load_aliases(path)
            con = stack.enter_context(connect("1GiB", 2, tmp_path))
            prepare(con, aliases)
            return Reader(con, aliases, tmp_path / "reader")

        yield make


# ---------------------------------------------------------------- taking a census
INTERRUPTIBLE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
"""What a shell takes from its background jobs, and from the processes that tests in them start."""


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that was said."""
        return self.out + self.err


class Census:
    """A raw folder, a warehouse and reference tables of its own, and the command `census` over them.

    `variables` are environment variables of every run. Of the shipped rulebooks it has `aliresearch` alone, which is
    quicker, until `shipped_rulebooks` is called.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, one = folder, folder / "one-rulebook"
        one.mkdir(parents=True)
        shutil.copy(ROOT / "rulebooks" / "aliresearch.toml", one)
        self.variables = {"CENSUS_RULEBOOKS": str(one), "CENSUS_LEAD_RULEBOOK": "aliresearch"}
        self.raw, self.warehouse, self.reference = (self.folder / name for name in ("raw", "warehouse", "reference"))
        self.raw.mkdir(parents=True)
        self.places(DIVISIONS)

    def shipped_rulebooks(self) -> Census:
        """The same census with all shipped rulebooks."""
        del self.variables["CENSUS_RULEBOOKS"], self.variables["CENSUS_LEAD_RULEBOOK"]
        return self

    def places(
        self,
        divisions: Iterable[Sequence[Any]],
        successions: Iterable[tuple[int, str, str]] = (),
        other_names: Iterable[tuple[str, str]] = (),
        former_codes: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Writes reference tables: (code, name[, first edition, last edition]); (edition, old code, new code).

        Those that may be missing are written where they have rows: (code, other name); (former code, new code).
        """
        write_places(self.reference, divisions, successions)
        _write_pairs(self.reference / "other_names.parquet", ("code", "name"), other_names)
        _write_pairs(self.reference / "former_codes.parquet", ("code", "new_code"), former_codes)

    def deliver(self, path: str, content: str | bytes) -> Path:
        """Puts a file into the raw folder."""
        file = self.raw / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def lines(self, path: str, *lines: str) -> Path:
        """Puts a CSV file with its table's header and these lines into the raw folder."""
        return self.deliver(path, "\n".join([HEADERS[path.partition("/")[0]], *lines]) + "\n")

    @staticmethod
    def shop(shop_id: int, place: str = "", **other: str) -> str:
        """A line of shops/: an individual's shop on taobao that ships from a place, unless told otherwise."""
        told = {
            "platform": "taobao",
            "shop_type": "individual",
            "opened_on": "2010-01-01",
            "closed_on": "",
            "registered_address": "",
            "ship_from_address": place,
            "receive_address": "",
            "household_id": "",
            "recorded_at": "2015-01-01",
        }
        assert not set(other) - set(told)
        return ",".join([str(shop_id), *(told | other).values()])

    @staticmethod
    def order(order_id: int, shop_id: int, paid_at: str, amount: object, **other: object) -> str:
        """A line of transactions/: a finished order, updated long after every year of the tests."""
        told: dict[str, object] = {"refunded_amount": "", "status": "TRADE_FINISHED", "updated_at": "2022-01-01"}
        assert not set(other) - set(told)
        return ",".join(map(str, [order_id, shop_id, paid_at, amount, *(told | other).values()]))

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a run: this census's reference tables, one thread, little memory, no report."""
        own = {"CENSUS_DIVISIONS": str(self.reference), "CENSUS_THREADS": "1", "CENSUS_MEMORY_LIMIT": "1GiB"}
        own["CENSUS_REPORT"] = "false"  # the page is looked at in tests/reports/test_page.py
        return own | {"CENSUS_RAW": str(self.raw), "CENSUS_WAREHOUSE": str(self.warehouse)} | self.variables

    def __call__(self, *arguments: str, **variables: str) -> Done:
        """Runs the command in this process, with variables CENSUS_NAME, in a working directory without census.toml."""
        out, err, status = io.StringIO(), io.StringIO(), 0
        with pytest.MonkeyPatch.context() as patch, contextlib.chdir(self.folder):
            for name in [name for name in os.environ if name.startswith(("CENSUS_", "PREFECT_"))]:
                patch.delenv(name)
            for name, value in (self.environment | {f"CENSUS_{k.upper()}": v for k, v in variables.items()}).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["census", *arguments])
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    main()
                except SystemExit as end:
                    status = int(end.code or 0)
        return Done(status, out.getvalue(), err.getvalue())

    def run(self, *options: str, **variables: str) -> Done:
        """Takes a census that must be published."""
        done = self("run", "--raw", str(self.raw), "--warehouse", str(self.warehouse), *options, **variables)
        assert done.status == 0, done.said
        return done

    def start(self, *arguments: str, in_a_group: bool = False) -> subprocess.Popen[str]:
        """Starts the command as a process of its own, which can be interrupted also where these tests cannot.

        `in_a_group` of its own, too, so that all that it starts can be killed with it.
        """
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("CENSUS_", "PREFECT_"))}
        return subprocess.Popen(
            [sys.executable, "-c", f"{INTERRUPTIBLE}; from flows.cli import main; main()", *arguments],
            cwd=self.folder,
            env=environment | self.environment | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="surrogateescape",
            start_new_session=in_a_group,
        )

    def alone(self, *arguments: str) -> Done:
        """Runs the command as a process of its own."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=120)
        return Done(process.returncode, out, err)

    def published(self, table: str, /, **where: Any) -> list[dict[str, Any]]:
        """The rows of a table of the current snapshot, in the order of its files, for which columns have values."""
        files = sorted((self.warehouse / "current").glob(f"{table}/year=*/*.parquet"))
        files = files or [self.warehouse / "current" / f"{table}.parquet"]
        rows = [row for file in files if file.exists() for row in pq.ParquetFile(file).read().to_pylist()]
        return [row for row in rows if all(row[name] == value for name, value in where.items())]

    def place_addresses(self, addresses: Sequence[str], years: Iterable[int]) -> dict[tuple[str, int], str | None]:
        """Runs a census with a shop for each address and an order of it in every year; the place of each by year."""
        self.lines("shops/a.csv", *(self.shop(i, address) for i, address in enumerate(addresses, 1)))
        numbers = range(1, len(addresses) + 1)
        self.lines("transactions/a.csv", *(self.order(10_000 * y + i, i, f"{y}-05-01", 1) for y in years for i in numbers))
        self.run()
        return {
            (addresses[row["shop_id"] - 1], row["year"]): row["village_code"] or row["township_code"] or row["county_code"]
            for row in self.published("shop_year")
        }

    def tables(self) -> dict[str, bytes]:
        """The files of the current snapshot that are the same for the same live files, by path."""
        current = (self.warehouse / "current").resolve()
        apart = {"run.parquet", "revision.parquet", "source_file.parquet", "census.duckdb"}  # of the warehouse's history
        files = (path for path in current.rglob("*") if path.is_file() and "_state" not in path.parts and path.name not in apart)
        return {path.relative_to(current).as_posix(): path.read_bytes() for path in files}

    def current(self) -> str | None:
        """The name of the current snapshot."""
        link = self.warehouse / "current"
        return link.resolve().name if link.is_symlink() else None


def write_places(folder: Path, divisions: Iterable[Sequence[Any]], successions: Iterable[tuple[int, str, str]] = ()) -> None:
    """Writes a pair of reference tables. A division without editions stands from 2018 to 2021."""
    folder.mkdir(exist_ok=True)
    rows = sorted((code, name, *(editions or (2018, 2021))) for code, name, *editions in divisions)
    text, edition = pa.string(), pa.int32()
    schema = pa.schema([("code", text), ("name", text), ("first_edition", edition), ("last_edition", edition)])
    pq.write_table(
        pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema), folder / "divisions.parquet"
    )
    schema = pa.schema([("edition", edition), ("old_code", text), ("new_code", text)])
    became = [dict(zip(schema.names, row, strict=True)) for row in sorted(successions)]
    pq.write_table(pa.Table.from_pylist(became, schema), folder / "successions.parquet")


def _write_pairs(path: Path, names: tuple[str, str], pairs: Iterable[tuple[str, str]]) -> None:
    if rows := sorted(pairs):
        schema = pa.schema([(name, pa.string()) for name in names])
        pq.write_table(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema), path)


@pytest.fixture
def census(tmp_path: Path) -> Census:
    """A census of its own for a test."""
    return Census(tmp_path / "census")


@pytest.fixture
def new_census(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Census]:
    """Makes further censuses, each with folders of its own."""
    return lambda: Census(tmp_path_factory.mktemp("census") / "census")


@pytest.fixture(scope="module")
def shared_census(tmp_path_factory: pytest.TempPathFactory) -> Census:
    """A census that the tests of a module share: one of its fixtures delivers and runs, the tests only look."""
    return Census(tmp_path_factory.mktemp("shared") / "census")


def deliver_example(census: Census) -> None:
    """Delivers a bit of everything: a village with the status and one without, four years, lists, spoilt rows, a copy."""
    homes = (("371721101201", 12), ("371721101202", 5), ("371721102", 2), ("371721001001", 2), ("", 1))
    places = [place for place, shops in homes for _ in range(shops)]
    census.lines("shops/a.csv", *(census.shop(i, place, household_id=f"H{i}") for i, place in enumerate(places, 1)))
    orders = [
        census.order(1000 * year + 10 * i + n, i, f"{year}-0{n + 4}-15 12:00", 300_000 + i if place.endswith("1201") else 7)
        for year in (2018, 2019, 2021)
        for i, place in enumerate(places, 1)
        for n in range(3)
    ]
    census.lines("transactions/2019/a.csv", *orders, *orders[:5])
    census.lines("transactions/copy.csv", *orders, *orders[:5])
    census.deliver(
        "transactions/b.jsonl",
        '{"tid": 5, "shop_id": 99, "paid_at": "2019-05-01", "payment": 9.5, "status": "交易成功", "modified": "2019-06-01"}\n',
    )
    census.lines("villages/a.csv", "371721101201,2018,100,,", "371721101202,2018,60,200,2018-05-01")
    census.lines("counties/a.csv", "371721,2018,1500000,")
    census.lines("lists/a.csv", "2019,371721101201", "2019,山东省菏泽市曹县大集镇张庄村")
    # spoilt rows: what a spreadsheet takes for a formula, what a terminal takes for an order, what no column is
    census.deliver(
        "villages/b\x1b[31m.csv", HEADERS["villages"] + ',买家\n=cmd()|A0,2019,5,,,x\n\x1b]0;x\x07,2019,5,,,x\n+1,2019,5,,,"y\n'
    )
    census.lines("counties/b.csv", "=1+1,2019,1,", "@SUM(A1),2019,1,", "-2,2019,1,", "\t=3,2019,1,", "\x1b[2J,2019,1,")


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Census:
    """A published census of a bit of everything; tests only look at it."""
    census = Census(tmp_path_factory.mktemp("example") / "census").shipped_rulebooks()
    deliver_example(census)
    census.run("--accept", "quarantine")
    return census


@pytest.fixture
def published(census: Census) -> Callable[..., list[dict[str, Any]]]:
    """Reads a table of the current snapshot."""
    return census.published
