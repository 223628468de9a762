"""Packs: the orders of many small segments together in one larger file, sorted by `transaction_id`.

A thousand daily deliveries are a thousand segments; a run that looks for some orders in all of them would open each. A pack is
a copy of the rows of some segments and nothing else: the segments stay what they are, and tell what came from which file. It
counts only where all of its segments do, and can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from flows.engine import set_variables, statement
from flows.intake.kept import Kept, checksum_of, keep, sync_all, wrong_content, wrong_size
from flows.intake.order_files import OrderContent

_SMALL = 1_000_000
"""Versions of orders under which a segment is small."""
_FEW = 32
"""Small segments that are left alone, unless there are as many."""
_LARGE = 4_000_000
"""Versions of orders after which a pack takes no further segment."""


class Packs:
    """The packs of a warehouse: `packs/ID/` of `pack.json` (its segments) and `rows.parquet`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rows(self, contents: Iterable[OrderContent]) -> tuple[Path, ...]:
        """The files that hold the rows of contents, each once: of packs, and of those segments that are in none."""
        loose = {content.name: content for content in contents}
        files = []
        for path, names in self._whole():
            if names and all(name in loose for name in names):
                files.append(path / "rows.parquet")
                for name in names:
                    del loose[name]
        return (*files, *(path for content in loose.values() for path in content.rows))

    def tend(self, con: duckdb.DuckDBPyConnection, live: Sequence[OrderContent]) -> int:
        """Packs small live segments where there are many that are in no pack, lets go of packs that count no more.

        Returns how many segments were packed.
        """
        loose = {content.name: content for content in live}
        whole = dict(self._whole())
        for path in sorted(self.folder.glob("*")):
            names = whole.get(path, [])
            if names and all(name in loose for name in names):
                for name in names:
                    del loose[name]
            else:
                shutil.rmtree(path)
        small = [content for name, content in sorted(loose.items()) if content.count < _SMALL]
        packed = 0
        while len(small) - packed >= _FEW:
            some, rows = [], 0
            for content in small[packed:]:
                if rows >= _LARGE:
                    break
                some.append(content)
                rows += content.count
            self._pack(con, some)
            packed += len(some)
        return packed

    def discard_damaged(self) -> bool:
        """Reads every pack and lets go of those that are not as they were written; returns whether there were any."""
        damaged = [path for path, _ in self._whole() if wrong_content(path, self._told(path)[1])]
        for path in damaged:
            shutil.rmtree(path)
        return bool(damaged)

    def _pack(self, con: duckdb.DuckDBPyConnection, contents: Sequence[OrderContent]) -> None:
        names = sorted(content.name for content in contents)
        building = self.folder / ".building"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        set_variables(con, rows_files=[str(path) for content in contents for path in content.rows])
        query = statement("intake/packed_orders")
        con.execute(f"copy ({query}) to $1 (format parquet, parquet_version v2)", [str(building / "rows.parquet")])
        told = {"segments": names, "files": keep(building)}
        text = json.dumps(told | {"checksum": checksum_of(json.dumps(told))}, indent=1)
        (building / "pack.json").write_text(text, encoding="utf-8")
        sync_all(building)
        os.replace(building, self.folder / hashlib.sha256("\n".join(names).encode()).hexdigest()[:16])

    def _whole(self) -> list[tuple[Path, list[str]]]:
        """The packs, as far as a look at names and sizes tells, with the names of their segments."""
        found = []
        for path in sorted(self.folder.glob("*")) if self.folder.is_dir() else ():
            names, files = self._told(path)
            if names and not wrong_size(path, files):
                found.append((path, names))
        return found

    @staticmethod
    def _told(path: Path) -> tuple[list[str], list[Kept]]:
        """The segments and files of a pack; none where it does not tell."""
        try:
            told = json.loads((path / "pack.json").read_text(encoding="utf-8"))
            if told.pop("checksum") != checksum_of(json.dumps(told)):
                return [], []
            return list(told["segments"]), [Kept(*file) for file in told["files"]]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return [], []
