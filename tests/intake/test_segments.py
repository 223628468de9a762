"""Segments: whole or not there; sizes and checksums tell; a file that changes while it is read. Contract 6."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flows.engine import connect
from flows.intake import ChangedWhileRead, Segment, Segments, load_aliases, prepare
from flows.settings import Settings

FACTS = "county_code,year,population\n371721,2019,5\n371721,2020,x\n"


class Warehouse:
    """A folder of segments and one delivered file; every `look` knows nothing of those before."""

    def __init__(self, folder: Path) -> None:
        self.aliases = load_aliases(Path(Settings.model_fields["aliases"].default))
        self.file, self.scratch, self.folder = folder / "a.csv", folder / "scratch", folder / "segments"
        self.scratch.mkdir()
        self.con = connect("500MB", 1, self.scratch)
        prepare(self.con, self.aliases)
        self.deliver(FACTS)

    def deliver(self, text: str) -> None:
        self.file.write_text(text)
        os.utime(self.file, (1_500_000_000, 1_500_000_000))

    def look(self) -> Segments:
        return Segments(self.folder, self.aliases)

    def take(self, segments: Segments) -> Segment:
        return segments.take(self.con, self.aliases, "counties", "csv", self.file, self.scratch)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    warehouse = Warehouse(tmp_path)
    yield warehouse
    warehouse.con.close()


def flip(path: Path) -> None:
    """Spoils a byte in the middle of a file; its size stays."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


ROWS, BAD, TOLD = "rows-1.parquet", "quarantine.parquet", "segment.json"
AT_SIGHT: dict[str, Callable[[Path], None]] = {
    "not there": lambda folder: (folder / ROWS).unlink(),
    "has 0 bytes": lambda folder: (folder / BAD).write_bytes(b""),
    "were written": lambda folder: shorten(folder / ROWS),
    "segment.json cannot be read": lambda folder: shorten(folder / TOLD),
    "segment.json is not what was written": lambda folder: (folder / TOLD).write_text(
        (folder / TOLD).read_text().replace('"accepted": 1', '"accepted": 2')
    ),
    "segment.json is not there": lambda folder: (folder / TOLD).unlink(),
}


class TestDamage:
    def test_a_whole_segment(self, warehouse: Warehouse) -> None:
        made = warehouse.take(warehouse.look())
        assert [file.name for file in made.files or ()] == [BAD, ROWS]
        assert warehouse.look().load(made.name) == made
        assert warehouse.look().damage(made.name) is None

    @pytest.mark.parametrize("wrong", AT_SIGHT)
    def test_that_names_and_sizes_tell(self, warehouse: Warehouse, wrong: str) -> None:
        made = warehouse.take(warehouse.look())
        AT_SIGHT[wrong](warehouse.folder / made.name)
        segments = warehouse.look()
        assert segments.load(made.name) is None
        assert not segments.holds(made.name)
        assert wrong in str(segments.damage(made.name))
        assert warehouse.take(segments) == made  # read again, although a segment of its name is in the way
        assert segments.remade == {made.name}
        assert warehouse.look().damage(made.name) is None
        assert os.listdir(warehouse.folder) == [made.name]

    @pytest.mark.parametrize("name", [ROWS, BAD])
    def test_that_only_reading_tells(self, warehouse: Warehouse, name: str) -> None:
        made = warehouse.take(warehouse.look())
        flip(warehouse.folder / made.name / name)
        segments = warehouse.look()
        assert segments.load(made.name) == made
        assert segments.damage(made.name) == f"{name} is not what was written"
        assert segments.load(made.name) is None
        assert warehouse.take(segments) == made
        assert segments.load(made.name) == made
        assert segments.damage(made.name) is None

    def test_stays_where_the_file_cannot_be_read_again(self, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
        made = warehouse.take(warehouse.look())
        shorten(warehouse.folder / made.name / ROWS)
        monkeypatch.setattr("flows.intake.segments.keep", lambda folder: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(OSError, match="No space left"):
            warehouse.take(warehouse.look())
        assert (warehouse.folder / made.name / ROWS).exists()

    def test_of_a_segment_that_is_older_than_checksums(self, warehouse: Warehouse) -> None:
        made = warehouse.take(warehouse.look())
        told = json.loads((warehouse.folder / made.name / TOLD).read_text())
        del told["files"], told["checksum"]
        (warehouse.folder / made.name / TOLD).write_text(json.dumps(told))
        old = warehouse.look().load(made.name)
        assert old and (old.files, old.rows) == (None, made.rows)
        assert warehouse.look().damage(made.name) is None
        (warehouse.folder / made.name / BAD).unlink()
        assert "0 rows, 1 were written" in str(warehouse.look().damage(made.name))
        shorten(warehouse.folder / made.name / ROWS)
        assert "cannot be read" in str(warehouse.look().damage(made.name))


def test_all_of_a_segment_is_made_durable(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    done, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: done.append(Path(f"/proc/self/fd/{handle}").readlink().name) or fsync(handle))
    segments = warehouse.look()
    name = warehouse.take(segments).name
    segments.settle([name])
    assert (set(done[:3]), done[3:]) == ({BAD, ROWS, TOLD}, [name, "segments"])


class TestChangedWhileRead:
    """The content hash that names a segment is of the bytes that were read."""

    @pytest.fixture
    def meanwhile(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None], int], None]:
        """Does something after the content was hashed and before its records are read, the first N times."""
        from flows.intake import formats

        def arrange(something: Callable[[], None], times: int) -> None:
            left, really = [something] * times, formats.open_csv

            def open_csv(*arguments):
                if left:
                    left.pop()()
                return really(*arguments)

            monkeypatch.setattr(formats, "open_csv", open_csv)

        return arrange

    def test_it_is_read_again(self, warehouse: Warehouse, meanwhile) -> None:
        meanwhile(lambda: warehouse.deliver(FACTS.replace(",5", ",7777")), 1)
        segments = warehouse.look()
        found = warehouse.take(segments)
        assert os.listdir(warehouse.folder) == [found.name]
        assert found == warehouse.take(warehouse.look())  # of the content that is there now

    def test_once(self, warehouse: Warehouse, meanwhile) -> None:
        meanwhile(lambda: warehouse.deliver(warehouse.file.read_text() + "\n"), 2)
        with pytest.raises(ChangedWhileRead, match=r"a\.csv changed while it was read.*\.part"):
            warehouse.take(warehouse.look())
        assert os.listdir(warehouse.folder) == []

    def test_also_where_the_clock_does_not_tell(self, warehouse: Warehouse, meanwhile, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("flows.intake.segments._signature", lambda path: (0, 2**62, 2**62, 0))
        meanwhile(lambda: warehouse.deliver(warehouse.file.read_text().replace("5", "6")), 1)
        sha256 = warehouse.take(warehouse.look()).sha256
        assert sha256 == warehouse.take(warehouse.look()).sha256

    def test_and_reading_it_failed_for_that(self, warehouse: Warehouse, meanwhile) -> None:
        def fail() -> None:
            warehouse.deliver("")
            raise RuntimeError("too short")

        meanwhile(fail, 1)
        assert warehouse.take(warehouse.look()).held_reason == "zero bytes"

    def test_one_that_goes(self, warehouse: Warehouse, meanwhile) -> None:
        meanwhile(warehouse.file.unlink, 1)
        with pytest.raises(ChangedWhileRead, match=r"a\.csv is gone since"):
            warehouse.take(warehouse.look())
        with pytest.raises(ChangedWhileRead, match=r"a\.csv is gone since"):
            warehouse.take(warehouse.look())
