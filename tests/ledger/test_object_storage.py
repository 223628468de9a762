"""Delivered files in object storage: the same tables as from a folder, of a server that speaks S3."""

from __future__ import annotations

import gzip
import os
import pickle
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import quote, unquote
from urllib.request import Request, urlopen

import pytest

from flows.ledger import NoRawFolder, ObjectChanged, RawFile, RawFolder, Seen, StorageError, raw_folder, storage
from flows.settings import SettingsError, StorageAddress, load_settings
from flows.watch import changes
from tests.conftest import HEADERS, Census, write
from tests.waiting import free_port

_SERVER = """
import sys
from datetime import timedelta
import moto.s3.models as models
from moto.server import main
now = models.utcnow
models.utcnow = lambda: now() - timedelta(hours=1)  # what is delivered looks as if it were for long
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
"""

_SIGNED = "AWS4-HMAC-SHA256 Credential=AKIAKEY/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"
"""Somebody's: the server looks at signatures no further, but lets nobody else replace an object."""


@dataclass(frozen=True)
class Storage:
    """A server, and the log of what it was asked."""

    address: str
    log: Path

    def ask(self, method: str, path: str, body: bytes = b"") -> None:
        headers = {"Content-Type": "application/octet-stream", "Authorization": _SIGNED}
        urlopen(Request(f"{self.address}/{quote(path)}", body, headers, method=method), timeout=60).close()

    def bucket(self, name: str) -> Bucket:
        self.ask("PUT", name)
        return Bucket(self, name)


@dataclass(frozen=True)
class Bucket:
    """A bucket of a test's own."""

    storage: Storage
    name: str

    def put(self, key: str, content: bytes | str = b"x") -> None:
        self.storage.ask("PUT", f"{self.name}/{key}", content if isinstance(content, bytes) else content.encode())

    def remove(self, key: str) -> None:
        self.storage.ask("DELETE", f"{self.name}/{key}")

    def uri(self, prefix: str = "raw") -> str:
        return f"s3://{self.name}/{prefix}?endpoint_override={self.storage.address}"

    def folder(self, prefix: str = "raw") -> RawFolder:
        return raw_folder(self.uri(prefix))

    def downloads(self) -> list[str]:
        """The keys of the objects that were read so far, a request for bytes each."""
        asked = [
            line.split('"')[1].split()[1] for line in self.storage.log.read_text(errors="replace").splitlines() if '"GET ' in line
        ]
        return [unquote(path).removeprefix(f"/{self.name}/") for path in asked if path.startswith(f"/{self.name}/")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """A server in a process of its own."""
    port = free_port()
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as told:
        process = subprocess.Popen([sys.executable, "-c", _SERVER, str(port)], stdout=told, stderr=told)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
        yield Storage(f"http://127.0.0.1:{port}", log)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's keys, and nothing else of this machine's settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture
def bucket(server: Storage, request: pytest.FixtureRequest) -> Bucket:
    """An empty bucket."""
    bucket.count = getattr(bucket, "count", 0) + 1  # type: ignore[attr-defined]
    return server.bucket(f"bucket-{bucket.count}")  # type: ignore[attr-defined]


def delivery(census: Census) -> dict[str, bytes]:
    """Files of every format, two encodings and hostile names; a village with an order in each."""
    shops, orders = HEADERS["shops"].split(","), HEADERS["transactions"].split(",")
    sold = [census.order(i, 1 + i % 3, "2019-05-01", 100 + i).split(",") for i in range(1, 9)]
    places = [("371721101201", "1"), ("山东省菏泽市曹县大集镇张庄村", "2"), ("371721102201", "3")]
    of_shops = "\n".join([HEADERS["shops"], *(census.shop(int(n), place) for place, n in places)]) + "\n"
    return {
        "shops/店铺 a+b#c?d=e&f%2Fg.csv": of_shops.encode("gb18030"),
        "transactions/2019/a.csv.gz": gzip.compress(write("csv", orders, sold[:2]), mtime=0),
        "transactions/2019/b.parquet": write("parquet", orders, sold[2:4]),
        "transactions/c.xlsx": write("xlsx", orders, sold[4:6]),
        f"transactions/{'d' * 200}/{'e' * 200}.jsonl": write("jsonl", orders, sold[6:]),
        "transactions/wrong.csv": (HEADERS["transactions"] + "\nno order\n").encode(),
        "villages/v.csv": (HEADERS["villages"] + "\n371721101201,2019,10,40,2020-01-01\n").encode(),
        "villages/same.csv": (HEADERS["villages"] + "\n371721101201,2019,10,40,2020-01-01\n").encode(),
        "notes.txt": b"no data",
        "transactions/later.csv.part": b"half",
    } | {"shops/more.csv": write("csv", shops, [census.shop(4, "371721101").split(",")])}


class TestARun:
    def test_tables_are_those_of_the_same_files_in_a_folder(
        self, census: Census, new_census: Callable[[], Census], bucket: Bucket
    ) -> None:
        local, files = new_census(), delivery(census)
        for path, content in files.items():
            local.deliver(path, content)
            bucket.put(f"raw/{path}", content)
        census.variables["CENSUS_RAW"] = bucket.uri()
        assert local("run", "--accept", "quarantine").status == 0
        done = census("run", "--accept", "quarantine")
        assert done.status == 0, done.said
        assert census.tables() == local.tables()
        apart = ("path", "sha256", "bytes", "rows", "accepted", "quarantined", "held_reason", "encoding", "duplicate_of")
        told = [[{name: row[name] for name in apart} for row in one.published("source_file")] for one in (census, local)]
        assert told[0] == told[1]
        assert {row["path"] for row in census.published("source_file")} == {*files} - {"notes.txt", "transactions/later.csv.part"}
        assert list((census.warehouse / "scratch").rglob("*")) == []

        downloads = bucket.downloads()
        assert len(downloads) == len({*downloads}) == 9, "each object is read once"
        done = census("run")
        assert (done.status, "Nothing new" in done.said) == (0, True)
        assert bucket.downloads() == downloads, "what is known is not read again"

        everything = [path.read_bytes() for path in census.warehouse.rglob("*") if path.is_file() and not path.is_symlink()]
        assert not any(secret in content for content in everything for secret in (b"very-secret", b"AKIAKEY"))

    def test_what_is_replaced_is_read_again_and_what_goes_keeps_its_records(self, census: Census, bucket: Bucket) -> None:
        def orders(amount: int) -> str:
            return f"{HEADERS['transactions']}\n{census.order(1, 1, '2019-05-01', amount)}\n"

        def sales() -> list[int]:
            return [int(row["sales"]) for row in census.published("shop_year")]

        census.variables["CENSUS_RAW"] = bucket.uri("")
        bucket.put("shops/a.csv", f"{HEADERS['shops']}\n{census.shop(1, '371721101201')}\n")
        bucket.put("transactions/a.csv", orders(10))
        assert census("run").status == 0
        assert sales() == [10]
        time.sleep(1.1)  # a server tells times in seconds
        bucket.put("transactions/a.csv", orders(20))
        assert census("run").status == 0
        assert sales() == [20]
        assert bucket.downloads().count("shops/a.csv") == 1
        assert census("forget", "transactions/a.csv").status == 2
        bucket.remove("transactions/a.csv")
        done = census("run")
        assert (done.status, sales()) == (0, [20])
        assert census("forget", "transactions/a.csv").status == 0
        assert sales() == []


class TestWhatLiesInABucket:
    def test_keys_are_paths(self, bucket: Bucket) -> None:
        names = [
            "a b.csv",
            "中文.csv",
            "x%2Fy.csv",
            "p+q.csv",
            "h#i.csv",
            "j?k=l&m.csv",
            "back\\slash.csv",
            "'\"<&>.csv",
            "n" * 900 + ".csv",
        ]
        for name in names:
            bucket.put(f"raw/shops/{name}")
        assert [file.path for file in bucket.folder().find().files] == sorted(f"shops/{name}" for name in names)

    def test_what_is_no_file_or_not_finished(self, bucket: Bucket) -> None:
        for key in (
            "shops/a.csv", "shops/_b.csv", "shops/.c.csv", "shops/d.csv.tmp", "shops/e.csv.part", "_half/f.csv", "shops/.g/h.csv",
            "shops/../i.csv", "shops/./j.csv", "other/k.csv", "l.csv", "shops/m.txt", "shops//n.csv",
        ):  # fmt: skip
            bucket.put(f"raw/{key}")
        for marker in ("raw/", "raw/shops/", "raw/shops/o.csv/", "raw/transactions/"):
            bucket.put(marker, b"")
        bucket.put("raw-not/shops/p.csv")
        found = bucket.folder().find()
        assert [file.path for file in found.files] == ["shops/a.csv"]
        assert found.ignored == ("l.csv", "other/k.csv", "shops//n.csv", "shops/m.txt")

    @pytest.mark.slow
    def test_over_a_thousand_objects(self, bucket: Bucket) -> None:
        """A listing tells a thousand at once."""
        for i in range(1_005):
            bucket.put(f"raw/shops/{i}.csv")
        assert len(bucket.folder().find().files) == 1_005

    def test_an_empty_bucket_is_an_empty_folder_and_an_empty_prefix_is_none(self, bucket: Bucket) -> None:
        assert bucket.folder("").find().files == ()
        bucket.folder("").look()
        for missing in (bucket.folder("raw"), raw_folder(bucket.uri().replace(bucket.name, "nobodys"))):
            with pytest.raises(NoRawFolder, match="is not there at http"):
                missing.find()
            with pytest.raises(NoRawFolder, match="is not there at http"):
                missing.look()
        bucket.put("raw/", b"")
        assert bucket.folder("raw").find().files == ()

    def test_an_object_without_bytes_is_a_file(self, bucket: Bucket, tmp_path: Path) -> None:
        bucket.put("raw/shops/a.csv", b"")
        assert copy(bucket.folder(), "shops/a.csv", tmp_path) == b""

    def test_the_prefix_of_an_address_is_quoted(self, bucket: Bucket) -> None:
        bucket.put("原始 #1/shops/a.csv")
        assert len(bucket.folder("%E5%8E%9F%E5%A7%8B%20%231").find().files) == 1


def copy(folder: RawFolder, path: str, scratch: Path) -> bytes:
    """The bytes of an object, as a reader finds them; sent to another process first."""
    (file,) = (file for file in folder.find().files if file.path == path)
    reading = folder.reading(file, _bytes, scratch)
    content = pickle.loads(pickle.dumps(reading))()
    assert list(scratch.iterdir()) == [], "the copy is gone"
    return content


def _bytes(table: str, kind: str, path: Path) -> bytes:
    return path.read_bytes()


class TestWhileItIsRead:
    @pytest.fixture(autouse=True)
    def in_small_pieces(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(storage, "_PIECE", 4)

    @pytest.fixture
    def meanwhile(self, monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
        """What happens after a piece was read, one after the other."""
        happenings: list[Callable[[], object]] = []
        read = storage._ObjectFolder._read

        def reading(folder: storage._ObjectFolder, stream: object) -> object:
            piece = read(folder, stream)
            if happenings:
                happenings.pop(0)()
            return piece

        monkeypatch.setattr(storage._ObjectFolder, "_read", reading)
        return happenings

    def test_in_pieces(self, bucket: Bucket, tmp_path: Path) -> None:
        bucket.put("raw/shops/a.csv", b"0123456789")
        assert copy(bucket.folder(), "shops/a.csv", tmp_path) == b"0123456789"
        assert len(bucket.downloads()) == 3

    @pytest.mark.parametrize("new", [b"ABCDEFGHIJ", b"AB", b"ABCDEFGHIJKLMNOP"])
    def test_a_replaced_object_is_read_again(
        self, bucket: Bucket, tmp_path: Path, meanwhile: list[Callable[[], object]], new: bytes
    ) -> None:
        """Also where it has become shorter than what was read."""
        bucket.put("raw/shops/a.csv", b"0123456789")
        meanwhile.append(lambda: bucket.put("raw/shops/a.csv", new))
        assert copy(bucket.folder(), "shops/a.csv", tmp_path) == new

    def test_one_that_is_replaced_each_time_is_not_read(
        self, bucket: Bucket, tmp_path: Path, meanwhile: list[Callable[[], object]]
    ) -> None:
        bucket.put("raw/shops/a.csv", b"0123456789")
        meanwhile += [lambda n=n: bucket.put("raw/shops/a.csv", b"ABCDEFGHI%d" % n) for n in range(6)]  # type: ignore[misc]
        with pytest.raises(ObjectChanged, match=r"shops/a.csv was replaced while it was read. Run again"):
            copy(bucket.folder(), "shops/a.csv", tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_one_that_goes(self, bucket: Bucket, tmp_path: Path, meanwhile: list[Callable[[], object]]) -> None:
        bucket.put("raw/shops/a.csv", b"0123456789")
        folder = bucket.folder()
        (file,) = folder.find().files
        meanwhile.append(lambda: bucket.remove("raw/shops/a.csv"))
        for _ in ("between two pieces", "before"):
            with pytest.raises(ObjectChanged, match="is gone since this run found it"):
                folder.reading(file, _bytes, tmp_path)()


class TestWhatCannotBeRead:
    def test_a_bucket_that_is_not_there(self, census: Census, server: Storage) -> None:
        done = census("run", "--raw", f"s3://nobodys/raw?endpoint_override={server.address}")
        assert done.status == 2
        assert "the raw folder s3://nobodys/raw is not there" in done.err
        assert "--raw s3://BUCKET/PREFIX" in done.err

    @pytest.mark.slow
    def test_no_server(self, census: Census, monkeypatch: pytest.MonkeyPatch) -> None:
        address = f"http://127.0.0.1:{free_port()}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        done = census("run", "--raw", "s3://bucket/raw")
        assert (done.status, done.out) == (1, "")
        assert f"s3://bucket/raw cannot be read at {address}: Could not connect to server. Nothing changed." in done.err
        assert "AWS_ENDPOINT_URL" in done.err
        assert "Traceback" not in done.err

    def test_wrong_keys(self, census: Census, bucket: Bucket) -> None:
        bucket.put("raw/shops/a.csv")
        bucket.storage.ask("POST", "moto-api/reset-auth", b"0")
        try:
            done = census("run", "--raw", bucket.uri())
        finally:
            bucket.storage.ask("POST", "moto-api/reset-auth", b"inf")
        assert done.status == 1
        assert "does not exist in our records. Nothing changed. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in done.err
        assert "Traceback" not in done.err
        assert "AKIAKEY" not in done.err

    def test_a_server_that_never_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(storage, "_WAITING", 1)
        monkeypatch.setattr(storage, "_ATTEMPTS", 1)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            folder = raw_folder(f"s3://bucket/raw?endpoint_override=http://127.0.0.1:{silent.getsockname()[1]}")
            begun = time.monotonic()
            with pytest.raises(StorageError, match=r"Timeout was reached\. Nothing changed"):
                folder.find()
        assert time.monotonic() - begun < 10

    @pytest.mark.parametrize(("told", "reason", "advice"), [
        ("When reading information for key 'a' in bucket 'b': AWS Error ACCESS_DENIED during HeadObject operation: No response body.",
         "access denied", "Set AWS_ACCESS_KEY_ID"),
        (("AWS Error UNKNOWN (HTTP status 400) during ListObjectsV2 operation: Unable to parse ExceptionName: ExpiredToken Message: The "
         "provided token has expired. (Request ID: 4X)"), "The provided token has expired", "Set AWS_ACCESS_KEY_ID"),
        (("AWS Error UNKNOWN (HTTP status 301) during ListObjectsV2 operation: Unable to parse ExceptionName: PermanentRedirect Message: "
         "The bucket is elsewhere."), "The bucket is elsewhere", "?region=REGION"),
        ("AWS Error SLOW_DOWN during GetObject operation: Please reduce your request rate. (Request ID: 5Y)",
         "Please reduce your request rate", "Run again when"),
        ("something else.", "something else", "Run again when"),
    ])  # fmt: skip
    def test_what_is_told(self, told: str, reason: str, advice: str) -> None:
        """Nothing that differs from request to request: watching would take that for a change."""
        code, said = storage._reason(told)
        assert said == reason
        assert advice in storage._advice(code)


class TestAddresses:
    def test_what_an_address_tells(self) -> None:
        told = StorageAddress.parse("s3://Bucket.1/a%20b/中文/?region=cn-hangzhou&endpoint_override=https%3A%2F%2Foss.example")
        assert told == StorageAddress(
            "Bucket.1", "a b/中文", (("region", "cn-hangzhou"), ("endpoint_override", "https://oss.example"))
        )
        assert StorageAddress.parse("s3://bucket") == StorageAddress.parse("s3://bucket/") == StorageAddress("bucket", "", ())

    @pytest.mark.parametrize(("raw", "why"), [
        ("s3://AKIA:hush@bucket/raw", "keys do not belong into an address"),
        ("s3://bucket/raw?endpoint_override=http://me:hush@host", "no user name and no key"),
        ("s3://bucket/raw?secret_key=hush", "unknown option secret_key"),
        ("gs://hush/raw", "from object storage at s3://"),
        ("https://AKIA:hush@host/raw", "keys do not belong"),
        ("s3://bucket/raw#hush", "%23"),
        ("s3:///hush", "s3://BUCKET/PREFIX"),
        ("s3://bucket:80/hush", "s3://BUCKET/PREFIX"),
        ("s3://bucket/hush//b", "no empty part"),
        ("s3://bucket/hush/../b", "no part"),
        ("s3://bucket/raw?scheme=hush", "http or https"),
    ])  # fmt: skip
    def test_what_is_refused(self, raw: str, why: str) -> None:
        with pytest.raises(SettingsError, match=why) as refused:
            load_settings(raw=raw)
        assert "hush" not in f"{refused.value} {refused.value.__cause__}"

    def test_an_endpoint_with_a_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://me:hush@host")
        with pytest.raises(SettingsError, match="without") as refused:
            raw_folder("s3://bucket/raw")
        assert "hush" not in str(refused.value)

    def test_a_warehouse_is_a_folder(self, census: Census) -> None:
        done = census("run", "--warehouse", "s3://bucket/warehouse")
        assert done.status == 2
        assert "a warehouse is a folder of a file system" in done.err

    def test_absolute(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        there = load_settings(raw="s3://bucket/raw?region=x", warehouse="results").absolute()
        assert (there.raw, there.warehouse) == ("s3://bucket/raw?region=x", tmp_path / "results")
        assert load_settings(raw="deliveries").absolute().raw == tmp_path / "deliveries"

    def test_for_other_programs(self, tmp_path: Path) -> None:
        assert raw_folder("s3://bucket/a/b?region=x").asset == "s3://bucket/a/b"
        assert raw_folder("s3://bucket/a%20b").asset == "s3://bucket"  # Prefect takes no blanks
        assert raw_folder("s3://bucket/a").dataset("shops/b.csv") == ("s3://bucket", "a/shops/b.csv")
        assert raw_folder("s3://bucket").dataset("shops/b.csv") == ("s3://bucket", "shops/b.csv")
        assert raw_folder(tmp_path).dataset("shops/b.csv") == ("file", str(tmp_path / "shops/b.csv"))

    def test_a_file_that_may_be_replaced_in_the_same_second_is_read_again(self, tmp_path: Path) -> None:
        now = time.time_ns()
        files = [RawFile(f"shops/{age}.csv", "shops", "csv", (1, now - age * 1_000_000_000)) for age in (30, 120)]
        seen = Seen(tmp_path / "seen.json", "s3://bucket", raw_folder("s3://bucket").settled)
        for file in files:
            seen.remember(file, "a-segment")
        seen.save()
        seen = Seen(tmp_path / "seen.json", "s3://bucket")
        assert [seen.segment(file) for file in files] == [None, "a-segment"]


def test_watching(bucket: Bucket, tmp_path: Path) -> None:
    """A run begins a minute after the last object changed."""
    bucket.put("raw/shops/a.csv")
    settings = load_settings(raw=bucket.uri(), warehouse=tmp_path, quiet_seconds=60)
    passed = 0.0

    def sleep(seconds: float) -> None:
        nonlocal passed
        passed += seconds
        if passed == 100:
            bucket.put("raw/shops/b.csv", b"half")
        if passed == 140:
            bucket.put("raw/shops/b.csv", b"half and half")

    assert [(files, passed) for files in islice(changes(settings, sleep), 2)] == [(1, 60.0), (2, 200.0)]
