"""Where the delivered files lie: a folder of the file system, or a prefix of a bucket in object storage (S3 and what speaks it).

    raw = raw_folder(settings.raw)
    for file in raw.find().files:
        raw.reading(file, take, scratch)()      take(table, format, path of the file or of a copy that is gone afterwards)

An object is copied by the process that reads it, piece by piece, and its identity is asked for before and after: one that was
replaced meanwhile is copied again, never read as a mixture. Keys (credentials) are looked up by pyarrow in the environment, on
each machine, and are neither kept nor told.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar

from flows.ledger.delivery import SETTLED, Delivery, NoRawFolder, RawFile, find, is_unfinished, sort_out
from flows.settings import SettingsError, StorageAddress

T = TypeVar("T")
_Take = Callable[[str, str, Path], T]
_SETTLED_OBJECT = 60_000_000_000
"""Nanoseconds after which an object's time tells that nobody replaced it in the same second: two machines' clocks differ."""
_PIECE = 8 << 20
"""Bytes of an object that are asked for at once, and held in memory."""
_CONNECTING, _WAITING, _ATTEMPTS = 5, 20, 3
"""Seconds until a connection, and without a byte, after which a request is made again; how often it is made."""


class StorageError(OSError):
    """Object storage did not do what it was asked for. The message tells why, and what to do."""


class ObjectChanged(RuntimeError):
    """An object was replaced again and again while it was copied, or is gone since it was listed."""


class RawFolder(Protocol):
    """What lies in a raw folder, and how it is read. Can be sent to another process.

    `identity` tells it from others, `settled` after how many nanoseconds a file's signature can be trusted, `asset` is its
    address for other programs.
    """

    identity: str
    settled: int
    asset: str
    is_remote: bool

    def find(self) -> Delivery:
        """Every data file in it. Raises NoRawFolder where it is not there, OSError where it cannot be read."""
        ...

    def look(self) -> None:
        """Raises what `find` does, where it could not even begin."""
        ...

    def reading(self, file: RawFile, take: _Take[T], scratch: Path) -> Callable[[], T]:
        """A call that reads one of its files: `take` is given table, format and a path that holds the bytes as delivered."""
        ...

    def dataset(self, path: str) -> tuple[str, str]:
        """The namespace and name of one of its files, as OpenLineage has them."""
        ...


def raw_folder(raw: Path | str) -> RawFolder:
    """The raw folder of a setting: a path, or the address of object storage. Raises SettingsError."""
    return _LocalFolder(raw) if isinstance(raw, Path) else _ObjectFolder(raw)


class _LocalFolder:
    """A folder of the file system: its files are read where they are."""

    settled, is_remote = SETTLED, False

    def __init__(self, path: Path) -> None:
        self._path = path
        self.identity = os.path.realpath(path)
        self.asset = path.absolute().as_uri()

    def __str__(self) -> str:
        return str(self._path)

    def find(self) -> Delivery:
        return find(self._path)

    def look(self) -> None:
        if not self._path.is_dir():
            raise NoRawFolder(f"the raw folder {self} is not there")

    def reading(self, file: RawFile, take: _Take[T], scratch: Path) -> Callable[[], T]:
        return partial(take, file.table, file.format, self._path / file.path)

    def dataset(self, path: str) -> tuple[str, str]:
        return "file", str((self._path / path).absolute())


class _ObjectFolder:
    """A prefix of a bucket. Objects whose keys end in a slash are no files, as consoles make them to show folders."""

    settled, is_remote = _SETTLED_OBJECT, True

    def __init__(self, uri: str) -> None:
        self._address = address = StorageAddress.parse(uri)
        self._base = f"{address.bucket}/{address.prefix}".rstrip("/")
        options = dict(address.options)
        self._endpoint = options.get("endpoint_override") or _environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
        if self._endpoint and "@" in self._endpoint:
            raise SettingsError("AWS_ENDPOINT_URL holds a user name or key: give it without")
        region = options.get("region") or _environment("AWS_REGION", "AWS_DEFAULT_REGION")
        self._connection = (address.bucket, region, self._endpoint, *(options.get(name) for name in _PASSED_ON))
        self.identity = str(self) + (f" at {self._endpoint}" if self._endpoint else "")
        self.asset = str(self) if re.fullmatch(r"[\w/.:+=@~-]{1,512}", str(self)) else f"s3://{address.bucket}"

    def __str__(self) -> str:
        return f"s3://{self._base}"

    def find(self) -> Delivery:
        from pyarrow.fs import FileSelector, FileType

        try:
            with self._asking():
                listed = self._files().get_file_info(FileSelector(self._base, recursive=True))
        except FileNotFoundError:
            raise self._not_there() from None
        begin = len(self._base) + 1
        objects = [(one.path[begin:], one) for one in listed if one.type == FileType.File]
        finished = [(path, one) for path, one in objects if not any(map(is_unfinished, path.split("/")))]
        named = sort_out(((path, one) for path, one in finished if "" not in path.split("/")), _signature)
        unnamed = [path for path, _ in finished if "" in path.split("/")]  # an empty part is no folder's name
        return Delivery(named.files, tuple(sorted([*named.ignored, *unnamed])))

    def look(self) -> None:
        from pyarrow.fs import FileType

        with self._asking():
            found = self._files().get_file_info(self._base)
        if found.type == FileType.NotFound:
            raise self._not_there()

    def reading(self, file: RawFile, take: _Take[T], scratch: Path) -> Callable[[], T]:
        return partial(_read_copy, self, file, take, scratch)

    def dataset(self, path: str) -> tuple[str, str]:
        return f"s3://{self._address.bucket}", f"{self._address.prefix}/{path}".lstrip("/")

    @contextmanager
    def copied(self, file: RawFile, scratch: Path) -> Iterator[Path]:
        """A copy of an object in a folder of `scratch`, while it is needed. Raises StorageError, ObjectChanged, OSError."""
        with TemporaryDirectory(prefix="object-", dir=scratch) as folder:
            copy = Path(folder, "copy")
            try:
                if not (self._copy(file, copy) or self._copy(file, copy)):
                    raise ObjectChanged(
                        f"{self}/{file.path} was replaced while it was read. Run again when the delivery is complete."
                    )
            except FileNotFoundError:
                raise ObjectChanged(
                    f"{self}/{file.path} is gone since this run found it. Run again when the delivery is complete."
                ) from None
            yield copy

    def _copy(self, file: RawFile, copy: Path) -> bool:
        """Whether an object stayed the same while it was copied. Raises FileNotFoundError where it is not there."""
        key = f"{self._base}/{file.path}"
        with self._asking():
            stream = self._files().open_input_stream(key, compression=None)
        with stream, copy.open("wb") as out:
            before = _version(stream)
            try:
                while piece := self._read(stream):
                    out.write(piece)
            except StorageError:
                if self._now(key) != before:
                    return False
                raise
            size = out.tell()
        if self._now(key) != before:
            return False
        if before[0] not in (None, str(size).encode()):
            raise StorageError(f"{self}/{file.path} ended after {size:,} bytes. Nothing changed. Run again.")
        return True

    def _read(self, stream: Any) -> Any:
        with self._asking():
            return stream.read_buffer(_PIECE)

    def _now(self, key: str) -> tuple[bytes | None, ...]:
        with self._asking(), self._files().open_input_stream(key, compression=None) as stream:
            return _version(stream)

    def _files(self) -> Any:
        return _file_system(*self._connection)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Tells what goes wrong between here and the storage; that something is not there is for the caller to tell."""
        from pyarrow import ArrowException

        try:
            yield
        except FileNotFoundError:
            raise
        except (OSError, ArrowException) as error:
            raise self._wrong(str(error)) from None  # what it was made of tells of every request by its number

    def _wrong(self, told: str) -> StorageError | NoRawFolder:
        code, reason = _reason(told)
        if code == "NO_SUCH_BUCKET":
            return self._not_there()
        at = f" at {self._endpoint}" if self._endpoint else ""
        return StorageError(f"{self} cannot be read{at}: {reason}. Nothing changed. {_advice(code)}")

    def _not_there(self) -> NoRawFolder:
        at = f" at {self._endpoint}" if self._endpoint else ""
        return NoRawFolder(
            f"the raw folder {self} is not there{at}: there is no such bucket, or nothing lies under the prefix; name it with "
            f"--raw s3://BUCKET/PREFIX, or deliver into it"
        )


_PASSED_ON = ("scheme", "force_virtual_addressing", "tls_ca_file_path")


@cache
def _file_system(
    bucket: str, region: str | None, endpoint: str | None, scheme: str | None, virtual: str | None, certificates: str | None
) -> Any:
    """A connection to object storage, one for all that a process reads."""
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem, resolve_s3_region

    if not (region or endpoint):
        region = resolve_s3_region(bucket)
    return S3FileSystem(
        region=region,
        endpoint_override=endpoint,
        scheme=scheme,
        force_virtual_addressing=virtual == "true",
        tls_ca_file_path=certificates,
        connect_timeout=_CONNECTING,
        request_timeout=_WAITING,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
    )


def _read_copy(folder: _ObjectFolder, file: RawFile, take: _Take[T], scratch: Path) -> T:
    with folder.copied(file, scratch) as path:
        return take(file.table, file.format, path)


def _signature(listed: Any) -> tuple[int, ...]:
    """Size and time of an object, which are what a listing tells."""
    return listed.size, listed.mtime_ns or 0


def _version(stream: Any) -> tuple[bytes | None, ...]:
    """What tells an object from the one that takes its place."""
    told = stream.metadata() or {}
    return tuple(told.get(name) for name in ("Content-Length", "ETag", "Last-Modified", "VersionId"))


def _environment(*names: str) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)


_AWS_ERROR = re.compile(r"AWS Error (\w+)(?: \(HTTP status (\d+)\))? during \w+ operation: (.*)", re.DOTALL)


def _reason(told: str) -> tuple[str, str]:
    """The kind of an error of pyarrow's, and what it tells without what differs from request to request."""
    match = _AWS_ERROR.search(told)
    if not match:
        return ("NO_SUCH_BUCKET" if re.search(r"Bucket '.*' not found", told) else ""), told.rstrip(".")
    code, status, reason = match.groups()
    reason = re.sub(r" \(Request ID: [^)]*\)", "", reason)
    if named := re.search(r"Unable to parse ExceptionName: (\w*) Message: (.*)", reason, re.DOTALL):
        code, reason = named[1] or code, named[2]
    if curl := re.match(r"curlCode: \d+, ([^;]*)", reason):
        reason = curl[1]
    if reason.strip(" .") in ("", "No response body"):
        reason = code.lower().replace("_", " ") if code != "UNKNOWN" else f"status {status} of HTTP"
    return {"401": "ACCESS_DENIED", "403": "ACCESS_DENIED", "301": "PERMANENT_REDIRECT"}.get(status, code), reason.strip(" .")


def _advice(code: str) -> str:
    """What to do about an error of a kind."""
    kind = code.replace("_", "").lower()
    if kind == "networkconnection":
        return (
            "Is the network up, and the address right? Storage that is not Amazon's: AWS_ENDPOINT_URL=https://HOST, or --raw "
            "'s3://BUCKET/PREFIX?endpoint_override=https://HOST'. Then run again."
        )
    if re.search("denied|accesskey|signature|token|unauthorized|forbidden|credential", kind):
        return (
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, to those of somebody who may list the bucket and "
            "read its objects, and run again."
        )
    if re.search("redirect|region|authorizationheader", kind):
        return "Name the bucket's region: AWS_REGION=REGION, or --raw 's3://BUCKET/PREFIX?region=REGION'. Then run again."
    return "Run again when the storage answers."
