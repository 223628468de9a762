"""The fold: what current versions of orders give by shop and month. Contract, sections 1 (versions) and 3.

It is what all versions give, which each segment knows of its own, less what outdated versions gave. A full fold finds those
bucket by bucket (a hash of the order's id): memory is bounded, and a bucket that was finished is kept until a snapshot is
published, for a run that is interrupted. A delta fold goes on from what the snapshot before knew of outdated versions, and
looks only at orders of which versions came or went. Decimals are exact, so both give the same.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb

from flows.engine import digest_of, execute, statement
from flows.intake import OrderFiles
from flows.intake.kept import checksum, link, sync
from flows.measure.views import open_files, open_rows

MONTHS = {"shop_id": "bigint", "sales_month": "date", "sales": "decimal(38, 2)", "transactions": "bigint"}
"""Columns of sales by shop and month (name → SQL type)."""
_ROWS_A_GIBIBYTE = 20_000_000
"""Versions of orders in a bucket, by the memory that DuckDB may use: numbering their hashes takes a third of it."""
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


@dataclass
class Fold:
    """A fold of live orders, or of those updated before `until` only. What is finished of it lies in the folder `kept`.

    `carries`: whether month_changes is to tell what changed since the fold before, where that is worth going on from; else,
    and without one, it tells everything.
    """

    con: duckdb.DuckDBPyConnection
    live: OrderFiles
    before: FoldBefore | None
    until: datetime | None
    memory_bytes: int
    kept: Path
    carries: bool = False
    parts: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A fold before that is not worth it is none."""
        if self.before and not self.before.is_worth_it:
            self.before = None
        self.carries = self.carries and self.before is not None

    def steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """The steps, by name, that make month_changes."""
        if self.before:
            folder = self._begin("delta", *sorted(map(str, self.before.parts)))
            delta = folder / "delta.parquet"
            yield "fold what came and went", partial(self._fold_delta, self.before, delta)
            if self.carries:
                self._tell_changes(self.before.arriving, self.before.leaving, [delta])
            else:
                self._tell_changes(self.live, OrderFiles(), self.parts)
        else:
            buckets = -(-self.live.count * 2**30 // (_ROWS_A_GIBIBYTE * self.memory_bytes)) or 1
            folder = self._begin(str(buckets))
            open_rows(self.con, "orders", "transactions", self.live.rows, self.until)
            for bucket in range(buckets):
                name = "fold the orders" if buckets == 1 else f"fold the orders, bucket {bucket + 1} of {buckets}"
                yield name, partial(self._fold_bucket, bucket, buckets, folder)
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
        self.parts = [*before.parts, self._write("newly_outdated_months", delta)]
        if len(self.parts) > _MOST_PARTS:
            open_files(self.con, "outdated_months", self.parts, MONTHS)
            self.parts = [self._write("outdated_months_together", delta.with_name("together.parquet"))]

    def _fold_bucket(self, bucket: int, buckets: int, folder: Path) -> None:
        """Finds what outdated versions of the orders of a bucket gave, unless that is known already."""
        path = folder / f"bucket-{bucket}.parquet"
        if not path.exists():
            execute(self.con, "measure/repeated_orders", bucket=bucket, buckets=buckets)
            execute(self.con, "measure/repeated_versions")
            self._write("outdated_months", path)
        self.parts.append(path)

    def _write(self, name: str, path: Path) -> Path:
        """Writes what a statement gives; the file appears whole."""
        building = path.with_suffix(".part")
        self.con.execute(f"copy ({statement(f'measure/{name}')}) to $1 (format parquet, parquet_version v2)", [str(building)])
        sync(building)
        building.replace(path)
        return path

    def _tell_changes(self, come: OrderFiles, gone: OrderFiles, outdated: list[Path]) -> None:
        """Makes month_changes of what all versions give that came, or gave that left, and of what outdated ones give more."""
        for name, orders in (("come", come), ("gone", gone)):
            cut = orders.since(self.until) if self.until else OrderFiles()
            whole = [content.months for content in orders.contents if content.months and content not in cut.contents]
            open_files(self.con, f"{name}_months", whole, MONTHS)
            open_rows(self.con, f"{name}_orders", "transactions", cut.rows, self.until)
        open_files(self.con, "outdated_months", outdated, MONTHS)
        execute(self.con, "measure/month_changes")
