"""A Dask cluster that reads files and folds orders: what must hold of it before a run counts on it.

Its workers run this program, see the raw folder and the warehouse under the same paths, or may read the same object storage.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

from flows import __version__
from flows.ledger import NoRawFolder, RawFolder, StorageError, raw_folder
from flows.settings import Settings, SettingsError

_PATIENCE = 10
"""Seconds in which a scheduler has to answer."""


class ClusterError(SettingsError):
    """There is no cluster at an address, or it cannot do what a run asks of it."""


def count_slots(settings: Settings) -> int:
    """How many tasks the workers of the cluster at `settings.address` do at once: their threads, all told.

    Raises ClusterError where it cannot be reached, has no worker, or one that is of another version or does not see the
    folders.
    """
    if not settings.address:
        raise ClusterError("no address of a Dask scheduler: --address tcp://HOST:8786, or CENSUS_ADDRESS")
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError("Dask is not installed: pip install 'taobao-village-census[cluster]'") from None
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    try:
        with (
            NamedTemporaryFile(prefix=".seen-", dir=settings.warehouse) as mark,
            Client(settings.address, timeout=_PATIENCE, set_as_default=False) as client,  # type: ignore[no-untyped-call]
        ):
            slots: int = sum(client.nthreads().values())
            told = client.run(look_around, Path(mark.name), raw_folder(settings.raw), on_error="return")
    except (OSError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler answers at {settings.address}: {error}") from error
    if not slots:
        raise ClusterError(f"the Dask scheduler at {settings.address} has no worker: dask worker {settings.address}")
    for worker, found in told.items():
        if isinstance(found, BaseException):
            raise ClusterError(f"worker {worker} cannot run this program ({found}): install version {__version__} of it there")
        version, missing = found
        if version != _version():
            raise ClusterError(f"worker {worker} runs another version of this program: install {__version__} there, as here")
        if missing:
            raise ClusterError(f"worker {worker} does not see {missing}")
    return slots


def look_around(mark: Path, raw: RawFolder) -> tuple[str, str | None]:
    """On a worker: the version of the program there, and the folder that it does not see, with what to do."""
    if not mark.exists():
        return _version(), f"{mark.parent}: mount it there under the same path"
    try:
        raw.look()
    except (NoRawFolder, StorageError) as error:
        return _version(), f"{raw}: {error if raw.is_remote else 'mount it there under the same path'}"
    return _version(), None


def _version() -> str:
    from flows.engine import digest_of

    return f"{__version__} {digest_of('macros', 'intake', 'measure')}"
