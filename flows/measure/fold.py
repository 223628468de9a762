"""The fold: what current versions of orders give by shop and month. Contract, sections 1 (versions) and 3.

It is what all versions give, which each segment knows of its own, less what outdated versions gave. A full fold finds those
bucket by bucket (a hash of the order's id): memory is bounded, and a bucket that was finished is kept until a snapshot is
published, for a run that is interrupted. A delta fold goes on from what the snapshot before knew of outdated versions, and
looks only at orders of which versions came or went. Decimals are exact, so both give the same.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from flows.engine import connect, digest_of, execute, scalar, set_variables, statement
from flows.intake import OrderFiles
from flows.intake.kept import checksum, link, sync
from flows.measure.views import open_files, open_rows

MONTHS = {"shop_id": "bigint", "sales_month": "date", "sales": "decimal(38, 2)", "transactions": "bigint"}
"""Columns of sales by shop and month (name → SQL type)."""
_ROWS_A_GIBIBYTE = 25_000_000
"""Versions of orders in a bucket, by the memory that DuckDB may use: their hashes take a tenth of it, beside DuckDB's own."""
_AT_ONCE = 1 << 20
"""Sorted hashes that are compared at once."""
_MOST_PARTS = 30
"""Parts in which a fold is kept, before they are put together."""


@dataclass(frozen=True, slots=True)
class FoldBefore:
    """A fold that was published: its parts, and how the contents that it was made of differ from those live now."""

    parts: tuple[Path, ...]
    staying: OrderFiles
    arriving: OrderFiles
    leaving: OrderFiles

    @property
    def is_worth_it(self) -> bool:
        """Whether going on from it is less work than starting anew."""
        return self.arriving.count + self.leaving.count <= self.staying.count


@dataclass(frozen=True, slots=True)
class Apart:
    """Other processes that fold buckets, and what each may use: memory and threads of DuckDB, a folder to spill to."""

    processes: int
    memory_limit: str
    memory_bytes: int
    threads: int
    scratch: Path


@dataclass(frozen=True, slots=True)
class Bucket:
    """One of the buckets of a full fold. The file at `path` gets what outdated versions of its orders gave by shop and month."""

    number: int
    buckets: int
    path: Path

    @property
    def name(self) -> str:
        """What its step is called."""
        return "fold the orders" if self.buckets == 1 else f"fold the orders, bucket {self.number + 1} of {self.buckets}"

    def fold(self, con: duckdb.DuckDBPyConnection) -> None:
        """Folds it, unless that is done already. Input: orders."""
        if not self.path.exists():
            set_variables(con, bucket=self.number, buckets=self.buckets)
            con.register("repeated_hashes", _repeated_hashes(con))
            execute(con, "measure/repeated_versions")
            _write(con, "outdated_months", self.path)

    def fold_apart(self, apart: Apart, rows: Sequence[Path], until: datetime | None) -> None:
        """Folds it in a process of its own, out of files of orders."""
        with (
            tempfile.TemporaryDirectory(prefix="bucket-", dir=apart.scratch) as scratch,
            connect(apart.memory_limit, apart.threads, Path(scratch)) as con,
        ):
            open_rows(con, "orders", "transactions", rows, until)
            self.fold(con)


@dataclass
class Fold:
    """A fold of live orders, or of those updated before `until` only. What is finished of it lies in the folder `kept`.

    `carries`: whether month_changes is to tell what changed since the fold before, where that is worth going on from; else,
    and without one, it tells everything. `apart`: whether other processes fold the buckets of a full one.
    """

    con: duckdb.DuckDBPyConnection
    live: OrderFiles
    before: FoldBefore | None
    until: datetime | None
    memory_bytes: int
    kept: Path
    carries: bool = False
    apart: Apart | None = None
    parts: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A fold before that is not worth it is none."""
        if self.before and not self.before.is_worth_it:
            self.before = None
        self.carries = self.carries and self.before is not None

    def steps(self) -> Iterator[tuple[str, list[tuple[str, Callable[[], None]]]]]:
        """The steps, by name, that make month_changes: one, or several that need nothing of each other.

        The latter hold this fold's connection, so that they are done one after the other, unless they are done apart.
        """
        if self.before:
            folder = self._begin("delta", *sorted(map(str, self.before.parts)))
            delta = folder / "delta.parquet"
            name = "fold what came and went"
            yield name, [(name, partial(self._fold_delta, self.before, delta))]
            if self.carries:
                self._tell_changes(self.before.arriving, self.before.leaving, [delta])
            else:
                self._tell_changes(self.live, OrderFiles(), self.parts)
        else:
            memory = self.apart.memory_bytes if self.apart else self.memory_bytes
            count = -(-self.live.count * 2**30 // (_ROWS_A_GIBIBYTE * memory)) or 1
            if self.apart:  # as many for each process
                count = -(-count // self.apart.processes) * self.apart.processes
            folder = self._begin(str(count))
            open_rows(self.con, "orders", "transactions", self.live.rows, self.until)
            buckets = [Bucket(number, count, folder / f"bucket-{number}.parquet") for number in range(count)]
            yield "fold the orders", [(bucket.name, self._folding(bucket)) for bucket in buckets]
            self.parts = [bucket.path for bucket in buckets]
            self._tell_changes(self.live, OrderFiles(), self.parts)

    def keep(self, snapshot: Path) -> dict[str, str]:
        """Puts the parts into a snapshot, for a later fold to go on from; returns their checksums by path in it."""
        checksums = {}
        for number, part in enumerate(self.parts):
            path = snapshot / "_state" / "fold" / f"part-{number}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            link(part, path)
            checksums[path.relative_to(snapshot).as_posix()] = checksum(path)
        return checksums

    def _begin(self, *way: str) -> Path:
        """The folder of what is finished of this fold; those of others go."""
        told = [digest_of("macros", "measure"), str(self.until), *way, *sorted(content.name for content in self.live.contents)]
        folder = self.kept / hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
        for other in self.kept.glob("*"):
            if other != folder:
                shutil.rmtree(other)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _fold_delta(self, before: FoldBefore, delta: Path) -> None:
        """Finds what outdated versions give more, or less, than before."""
        for name, orders in (("staying", before.staying), ("arriving", before.arriving), ("leaving", before.leaving)):
            open_rows(self.con, f"{name}_orders", "transactions", orders.rows, self.until)
        execute(self.con, "measure/touched_versions")
        self.parts = [*before.parts, _write(self.con, "newly_outdated_months", delta)]
        if len(self.parts) > _MOST_PARTS:
            open_files(self.con, "outdated_months", self.parts, MONTHS)
            self.parts = [_write(self.con, "outdated_months_together", delta.with_name("together.parquet"))]

    def _folding(self, bucket: Bucket) -> Callable[[], None]:
        """The step that folds a bucket."""
        if self.apart:
            return partial(bucket.fold_apart, self.apart, self.live.rows, self.until)
        return partial(bucket.fold, self.con)

    def _tell_changes(self, come: OrderFiles, gone: OrderFiles, outdated: list[Path]) -> None:
        """Makes month_changes of what all versions give that came, or gave that left, and of what outdated ones give more."""
        for name, orders in (("come", come), ("gone", gone)):
            cut = orders.since(self.until) if self.until else OrderFiles()
            whole = [content.months for content in orders.contents if content.months and content not in cut.contents]
            open_files(self.con, f"{name}_months", whole, MONTHS)
            open_rows(self.con, f"{name}_orders", "transactions", cut.rows, self.until)
        open_files(self.con, "outdated_months", outdated, MONTHS)
        execute(self.con, "measure/month_changes")


def _repeated_hashes(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """The hashes of orders' ids of the bucket that occur several times, each once.

    They are sorted: a fifth of the time of counting them in groups. It takes 4 bytes a version, given back when it returns.
    """
    hashes, count = np.empty(int(scalar(con, "select count(*) from orders")), np.uint32), 0  # memory is taken where it is filled
    for batch in con.sql(statement("measure/order_hashes")).to_arrow_reader():
        hashes[count : count + len(batch)] = np.from_dlpack(batch.column(0))  # not to_numpy, which would import pandas
        count += len(batch)
    hashes[:count].sort()
    starts = range(0, count, _AT_ONCE - 1)  # so that each part begins with the last hash of the one before
    parts = [hashes[start : min(start + _AT_ONCE, count)] for start in starts]
    again = np.concatenate([part[1:][part[1:] == part[:-1]] for part in parts] or [hashes[:0]])
    found = again[np.append(True, again[1:] != again[:-1])[: len(again)]]
    return pa.table({"id_hash": pa.Array.from_buffers(pa.uint32(), len(found), [None, pa.py_buffer(found)])})


def _write(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> Path:
    """Writes what a statement gives; the file appears whole, whoever else writes it at the same time."""
    building = path.with_suffix(f".{uuid.uuid4().hex}.part")
    con.execute(f"copy ({statement(f'measure/{name}')}) to $1 (format parquet, parquet_version v2)", [str(building)])
    sync(building)
    building.replace(path)
    return path
