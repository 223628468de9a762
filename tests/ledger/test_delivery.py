"""What lies in the raw folder: formats, names, links. Contract 1, beginning."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.ledger import RawFile, Seen, find
from flows.ledger.delivery import NoRawFolder

if TYPE_CHECKING:
    from tests.conftest import Census


def put(raw: Path, *names: str) -> None:
    """Makes files of these names."""
    for name in names:
        path = raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def found(raw: Path) -> list[tuple[str, str, str]]:
    """(path, table, format) of every data file."""
    return [(file.path, file.table, file.format) for file in find(raw).files]


class TestFormats:
    def test_by_extension_in_any_case(self, tmp_path: Path) -> None:
        names = ["a.csv", "b.CSV.GZ", "c.csv.zst", "d.jsonl", "e.Jsonl.gz", "f.jsonl.ZST", "g.parquet", "h.XLSX", "i.j.k.csv"]
        put(tmp_path, *(f"transactions/{name}" for name in names))
        kinds = ["csv", "csv.gz", "csv.zst", "jsonl", "jsonl.gz", "jsonl.zst", "parquet", "xlsx", "csv"]
        want = [(f"transactions/{name}", "transactions", kind) for name, kind in zip(names, kinds, strict=True)]
        assert found(tmp_path) == want

    @pytest.mark.parametrize("table", ["shops", "transactions", "villages", "counties", "lists"])
    def test_the_folder_is_the_table_at_any_depth(self, tmp_path: Path, table: str) -> None:
        put(tmp_path, f"{table}/a.csv", f"{table}/2019/05/shops/b.csv", f"{table}/x.csv/c.csv")
        assert {one[1] for one in found(tmp_path)} == {table}
        assert len(found(tmp_path)) == 3

    def test_anything_else_is_reported_as_ignored(self, tmp_path: Path) -> None:
        names = [
            "a.csv", "readme.txt", "shops/a.xls", "shops/b.json", "shops/c", "shops/d.csv.bz2", "shops/e.gz", "shops/f.zip",
            "shops/g.parquet.gz", "shops/h.xlsx.zst", "shops/i.csvx", "shops/jcsv", "shops/k.tsv", "Shops/l.csv", "orders/m.csv",
            "shops.csv", "shops/n.csv.gz.gz", "shops/o.csv.", "shops/q.csv ",
        ]  # fmt: skip
        put(tmp_path, *names)
        delivery = find(tmp_path)
        assert [file.path for file in delivery.files] == []
        assert delivery.ignored == tuple(sorted(names))

    def test_a_line_end_is_part_of_an_extension(self, tmp_path: Path) -> None:
        put(tmp_path, "shops/a.csv\n")
        assert (found(tmp_path), find(tmp_path).ignored) == ([], ("shops/a.csv\n",))

    def test_the_census_tells_what_it_ignored(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.deliver("shops/notes.txt", "x")
        assert "shops/notes.txt" in census.run().out


class TestUnfinished:
    """Names that begin with `.` or `_`, or end in `.tmp` or `.part`, are still being delivered."""

    @pytest.mark.parametrize(
        "name",
        [
            ".a.csv", "_a.csv", "a.csv.part", "a.csv.tmp", ".csv", "_.csv", "2019/.a.csv", "2019/_a.csv", ".2019/a.csv",
            "_2019/a.csv", "2019.part/a.csv", "2019.tmp/x/a.csv", "__MACOSX/a.csv", ".~lock.a.csv#",
        ],
    )  # fmt: skip
    def test_skipped(self, tmp_path: Path, name: str) -> None:
        put(tmp_path, f"shops/{name}")
        assert find(tmp_path) == type(find(tmp_path))((), ())  # neither data nor ignored

    @pytest.mark.parametrize("name", ["a_.csv", "a.part.csv", "a.tmp.csv", "part.csv", "x_/a.csv", "x.y/a.csv", "tmp/a.csv"])
    def test_not_skipped(self, tmp_path: Path, name: str) -> None:
        put(tmp_path, f"shops/{name}")
        assert len(found(tmp_path)) == 1

    def test_renamed_when_it_is_whole(self, census: Census) -> None:
        file = census.lines("shops/a.csv", census.shop(1))
        part = file.rename(file.with_name("a.csv.part"))
        census.run()
        assert census.published("source_file") == []
        part.rename(file)
        census.run()
        assert [row["path"] for row in census.published("source_file")] == ["shops/a.csv"]

    def test_the_raw_folder_itself_may_have_any_name(self, tmp_path: Path) -> None:
        for name in (".raw", "_raw", "raw.part", "raw.tmp"):
            put(tmp_path / name, "shops/a.csv")
            assert len(found(tmp_path / name)) == 1


class TestLinks:
    @pytest.fixture
    def outside(self, tmp_path: Path) -> Path:
        put(tmp_path, "outside/secret.csv")
        (tmp_path / "raw" / "shops").mkdir(parents=True)
        return tmp_path / "outside"

    def test_a_link_to_a_file_outside_is_not_followed(self, tmp_path: Path, outside: Path) -> None:
        for i, target in enumerate((outside / "secret.csv", Path("../../outside/secret.csv"))):
            (tmp_path / "raw" / "shops" / f"{i}.csv").symlink_to(target)
        assert found(tmp_path / "raw") == []

    def test_a_link_to_a_folder_outside_is_not_followed(self, tmp_path: Path, outside: Path) -> None:
        (tmp_path / "raw" / "shops" / "sub").symlink_to(outside)
        (tmp_path / "raw" / "transactions").symlink_to(outside)
        assert found(tmp_path / "raw") == []

    def test_a_folder_whose_name_begins_like_the_raw_folders_is_outside(self, tmp_path: Path, outside: Path) -> None:
        put(tmp_path, "raw-of-others/secret.csv")
        (tmp_path / "raw" / "shops" / "a.csv").symlink_to(tmp_path / "raw-of-others" / "secret.csv")
        assert found(tmp_path / "raw") == []

    def test_a_link_over_a_link_outside_is_not_followed(self, tmp_path: Path, outside: Path) -> None:
        (outside / "back").symlink_to(tmp_path / "raw")
        (tmp_path / "raw" / "shops" / "a.csv").symlink_to(outside / "secret.csv")
        (tmp_path / "raw" / "shops" / "b.csv").symlink_to("a.csv")
        assert found(tmp_path / "raw") == []

    def test_broken_and_circular_links_are_no_files(self, tmp_path: Path, outside: Path) -> None:
        (tmp_path / "raw" / "shops" / "a.csv").symlink_to("nowhere.csv")
        (tmp_path / "raw" / "shops" / "b.csv").symlink_to("b.csv")
        (tmp_path / "raw" / "shops" / "c").symlink_to(".")
        assert found(tmp_path / "raw") == []

    def test_the_raw_folder_may_be_a_link(self, tmp_path: Path, outside: Path) -> None:
        put(tmp_path, "raw/shops/a.csv")
        (tmp_path / "link").symlink_to("raw")
        assert [path for path, *_ in found(tmp_path / "link")] == ["shops/a.csv"]

    def test_what_is_no_file_is_not_read(self, tmp_path: Path, outside: Path) -> None:
        os.mkfifo(tmp_path / "raw" / "shops" / "a.csv")
        assert found(tmp_path / "raw") == []


class TestNames:
    # each is a file's name, or a folder's and a file's
    HOSTILE = (
        "a[1]*.csv", "?.csv", "{a,b}.csv", "*/x.csv", "**/y.csv", "year=2019/z.csv", "shop_id=7/part-0.parquet", "a b.csv",
        " .csv", "a'b.csv", 'a"b.csv', "a;b.csv", "a,b.csv", "a|b.csv", "a$b.csv", "a%20b.csv", "a\\b.csv", "-rf.csv", "~.csv",
        "a\nb.csv", "a\tb.csv", "a\x1b[31mb.csv", "淘宝 村.csv", "é.csv", "e\u0301.csv", "\u202ecsv.exe.csv", "🏠.csv",
        "s3:/bucket/a.csv", "http:/x/a.csv", "a" * 200 + ".csv",
    )  # fmt: skip

    def test_any_name_is_read(self, census: Census) -> None:
        names = [name for name in self.HOSTILE if not name.endswith("parquet")]
        for i, name in enumerate(names, 1):
            census.lines(f"shops/{name}", census.shop(i))
        census.lines("transactions/a.csv", *(census.order(i, i, "2019-01-01", i) for i in range(1, len(names) + 1)))
        done = census.run()
        told = census.published("source_file", table="shops")
        assert {row["path"] for row in told} == {f"shops/{name}" for name in names}
        assert {(row["rows"], row["held_reason"]) for row in told} == {(1, None)}
        assert [(row["shop_id"], row["sales"]) for row in census.published("shop_year")] == [
            (i, i) for i in range(1, len(names) + 1)
        ]
        assert "\x1b" not in done.said

    def test_a_name_is_no_pattern(self, census: Census) -> None:
        # read as a pattern, the first name would take in the second file too, and its shop twice
        census.lines("shops/[ab].csv", census.shop(1))
        census.lines("shops/a.csv", census.shop(2))
        census.deliver("shops/*.parquet", b"no Parquet")
        assert census("run").status == 3  # held
        assert "*.parquet" in census("run").said
        (census.raw / "shops" / "*.parquet").unlink()
        census.run()
        assert [row["rows"] for row in census.published("source_file")] == [1, 1]

    def test_a_name_that_is_no_utf8_is_ignored_and_told(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        folder = os.fsencode(census.raw / "shops")
        with open(os.path.join(folder, "店".encode("gb18030") + b".csv"), "wb") as file:
            file.write(b"x")
        done = census.alone("run")
        assert done.status == 0
        assert re.search(r"Ignored.*shops/\S+\.csv", done.out)
        assert [row["path"] for row in census.published("source_file")] == ["shops/a.csv"]

    def test_a_folder_that_is_no_utf8(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        folder = os.path.join(os.fsencode(census.raw / "shops"), b"\xb5\xea")
        os.mkdir(folder)
        with open(os.path.join(folder, b"a.csv"), "wb") as file:
            file.write(b"x")
        census.run()
        assert [row["path"] for row in census.published("source_file")] == ["shops/a.csv"]

    def test_a_raw_folder_of_any_name(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.lines("transactions/a.csv", census.order(1, 1, "2019-01-01", 5))
        for name in ("a[1]*'b", "year=2019", "新 建"):
            census.raw = census.raw.rename(census.folder / name)
            census.warehouse = census.folder / f"warehouse of {name}"
            census.run()
            assert [row["sales"] for row in census.published("shop_year")] == [5]


class TestNoRawFolder:
    def test_not_there(self, tmp_path: Path) -> None:
        put(tmp_path, "file")
        for path in (tmp_path / "nowhere", tmp_path / "file"):
            with pytest.raises(NoRawFolder, match=path.name):
                find(path)

    def test_a_share_that_is_not_mounted_withdraws_nothing(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.run()
        before = census.current()
        away = census.raw.rename(census.folder / "away")
        assert census("run").status == 2
        assert census.current() == before
        away.rename(census.raw)

    def test_nor_does_one_that_is_mounted_empty(self, census: Census) -> None:
        census.lines("shops/a.csv", census.shop(1))
        census.lines("transactions/a.csv", census.order(1, 1, "2019-01-01", 5))
        census.run()
        for path in census.raw.rglob("*.csv"):
            path.unlink()
        assert "Nothing new" in census.run().out
        assert "records kept" in census.run("--rebuild").out
        assert [row["sales"] for row in census.published("shop_year")] == [5]

    def test_a_folder_that_cannot_be_read_is_not_one_without_files(self, census: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        census.lines("shops/2019/a.csv", census.shop(1))
        really = os.scandir

        def scandir(path: str | Path) -> object:
            if str(path).endswith("2019"):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return really(path)

        with monkeypatch.context() as patch:
            patch.setattr(os, "scandir", scandir)
            done = census("run")
        assert (done.status, census.current()) == (1, None)
        assert "Permission denied" in done.err
        assert "shops/2019" in done.err
        assert "Traceback" not in done.err

    def test_an_empty_folder_is_an_empty_census(self, census: Census) -> None:
        assert census.run().status == 0
        assert [census.published(table) for table in ("source_file", "shop_year", "headline", "quarantine")] == [[]] * 4


class TestSeen:
    """What is known of a file by its size, times and inode, so that it is not read again. A cache, never the truth."""

    @staticmethod
    def remembered(tmp_path: Path, now: int) -> tuple[Path, RawFile, str | None]:
        """A file that a run read at a moment; what it told of it, and what the next run knows of it."""
        put(tmp_path / "raw", "shops/a.csv")
        path, (file,) = tmp_path / "seen.json", find(tmp_path / "raw").files
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("flows.ledger.delivery.time.time_ns", lambda: file.signature[2] + now)
            seen = Seen(path, str(tmp_path / "raw"))
            seen.remember(file, "segment")
            seen.save()
        return path, file, Seen(path, str(tmp_path / "raw")).segment(file)

    @pytest.mark.parametrize(("now", "known"), [(10**10, "segment"), (10**9, None), (0, None), (-(10**18), None)])
    def test_once_nobody_can_have_written_within_one_tick(self, tmp_path: Path, now: int, known: str | None) -> None:
        """Also where the clock was set back, to before the file's own times: then it is read again."""
        path, _, found = self.remembered(tmp_path, now)
        assert found == known
        assert Seen.segments(path) == {"segment"}

    def test_another_raw_folder_is_another(self, tmp_path: Path) -> None:
        path, file, _ = self.remembered(tmp_path, 10**10)
        assert Seen(path, str(tmp_path / "other")).segment(file) is None

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"raw": 5}', '{"raw": {"shops/a.csv": 5}}', "\0\0\0"])
    def test_what_is_not_whole_tells_nothing(self, tmp_path: Path, content: str) -> None:
        path, file, _ = self.remembered(tmp_path, 10**10)
        path.write_text(content.replace("raw", os.path.realpath(tmp_path / "raw")))
        assert Seen(path, str(tmp_path / "raw")).segment(file) is None
        assert Seen.segments(path) == set()


def test_a_file_that_goes_while_the_folder_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        put(tmp_path, f"shops/{name}.csv")
    is_file = Path.is_file

    def then_it_goes(path: Path) -> bool:
        was_file = is_file(path)
        if path.name == "a.csv":
            path.unlink()
        return was_file

    monkeypatch.setattr(Path, "is_file", then_it_goes)
    assert [file.path for file in find(tmp_path).files] == ["shops/b.csv"]
