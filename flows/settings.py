"""Every setting of the census: its default, its variable, what it means.

Order: flags of the command, then `CENSUS_*` variables, then `census.toml` in the working directory, then defaults.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from flows.engine import ROOT

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)")


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/+")
_STORAGE_OPTIONS = ("region", "endpoint_override", "scheme", "force_virtual_addressing", "tls_ca_file_path")
"""What the address of object storage may tell besides bucket and prefix: those of pyarrow that reading needs."""


class SettingsError(ValueError):
    """A setting is unknown or has a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class StorageAddress:
    """Where files lie in object storage: `s3://BUCKET/PREFIX?OPTION=VALUE&…`, as pyarrow takes it.

    `prefix` has no slash at its ends; empty: the whole bucket.
    """

    bucket: str
    prefix: str
    options: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Reads an address. Raises ValueError, which repeats nothing of one that holds a key."""
        parts = urlsplit(uri)
        if "@" in parts.netloc:
            raise ValueError(
                "keys do not belong into an address: others would read them in logs and tables. Give s3://BUCKET/PREFIX, and "
                "the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in AWS_PROFILE"
            )
        if parts.scheme.lower() != "s3":
            raise ValueError("files are read from a folder, or from object storage at s3://BUCKET/PREFIX")
        if "#" in uri:
            raise ValueError("write # in an address as %23")
        if not parts.netloc or ":" in parts.netloc:
            raise ValueError("an address of object storage is s3://BUCKET/PREFIX")
        prefix = unquote(parts.path, errors="strict").strip("/")
        if prefix and {"", ".", ".."} & {*prefix.split("/")}:
            raise ValueError("a prefix has no empty part, and no part . or ..")
        options = parse_qsl(parts.query, keep_blank_values=True)
        if unknown := sorted({name for name, _ in options} - {*_STORAGE_OPTIONS}):
            raise ValueError(f"unknown option {', '.join(unknown)}; there are {', '.join(_STORAGE_OPTIONS)}")
        if any("@" in value for _, value in options):
            raise ValueError("an option of an address holds no user name and no key")
        if dict(options).get("scheme", "https") not in ("http", "https"):
            raise ValueError("scheme is http or https")
        return cls(parts.netloc, prefix, tuple(options))


class Settings(BaseSettings):
    """The settings of a run. `digest_of_what_matters` is what a run with nothing new compares."""

    model_config = SettingsConfigDict(
        env_prefix="CENSUS_", toml_file="census.toml", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    raw: Annotated[Path | str, Field(description="folder of the delivered files, or `s3://BUCKET/PREFIX`")] = Path("data/raw")
    warehouse: Annotated[Path, Field(description="folder of the results")] = Path("data/warehouse")
    rulebooks: Annotated[Path, Field(description="folder of the rulebooks")] = ROOT / "rulebooks"
    calendar: Annotated[Path, Field(description="the calendar file")] = ROOT / "rulebooks" / "calendar.toml"
    divisions: Annotated[Path, Field(description="folder of divisions.parquet and successions.parquet")] = (
        ROOT / "data" / "reference"
    )
    aliases: Annotated[Path, Field(description="the alias table")] = ROOT / "data" / "reference" / "aliases.toml"
    published_figures: Annotated[Path, Field(description="the published figures that headline sets beside its own")] = (
        ROOT / "data" / "reference" / "published-figures.csv"
    )
    series_breaks: Annotated[
        Path, Field(description="the years from which on a series that is forecast counts something else")
    ] = ROOT / "data" / "reference" / "series-breaks.csv"
    published_metrics: Annotated[Path, Field(description="where the census has the metrics of the published figures")] = (
        ROOT / "data" / "reference" / "published-metrics.csv"
    )
    lead_rulebook: Annotated[str, Field(description="the rulebook that reports lead with")] = "article"
    quarantine_limit: Annotated[Decimal, Field(ge=0, le=1, description="share of a file's rows that may be quarantined")] = (
        Decimal("0.01")
    )
    orphans_limit: Annotated[Decimal, Field(ge=0, le=1, description="share of all sales that may be of unknown shops")] = Decimal(
        "0.05"
    )
    future_days: Annotated[int, Field(ge=0, description="days after the run that a record may be dated")] = 1
    keep_snapshots: Annotated[int, Field(ge=1, description="snapshots kept, the current one included")] = 10
    memory_limit: Annotated[str, Field(description="memory that DuckDB may use, such as 4GiB")] = "4GiB"
    threads: Annotated[int, Field(ge=1, description="threads that DuckDB may use")] = os.cpu_count() or 1
    checks: Annotated[Literal["sql", "full"], Field(description="`full`: the suites of docs/checks.md are checked too")] = "sql"
    report: Annotated[bool, Field(description="write the yearly report, report.html, into every snapshot")] = True
    log_format: Annotated[Literal["text", "json"], Field(description="`json`: a JSON object a line about each step")] = "text"
    metrics_file: Annotated[Path | None, Field(description="file for Prometheus' collector of text files; none: no metrics")] = (
        None
    )
    lineage: Annotated[bool, Field(description="send OpenLineage events of every run")] = False
    quiet_seconds: Annotated[float, Field(gt=0, description="seconds that a delivery stays the same before it is taken in")] = 60
    prefect: Annotated[bool, Field(description="run the steps as tasks of a Prefect flow")] = False
    runner: Annotated[
        Literal["threads", "dask"], Field(description="`dask`: files are read and orders folded by a Dask cluster")
    ] = "threads"
    address: Annotated[str | None, Field(description="address of the Dask scheduler, such as tcp://10.0.0.1:8786")] = None
    worker_memory: Annotated[str, Field(description="memory that DuckDB may use in each worker of a cluster")] = "2GiB"
    worker_threads: Annotated[int, Field(ge=1, description="threads that DuckDB may use in each worker of a cluster")] = 1

    @field_validator("memory_limit", "worker_memory")
    @classmethod
    def _is_a_size(cls, value: str) -> str:
        if not _SIZE.fullmatch(value):
            raise ValueError("write a size such as 4GiB")
        return value

    @field_validator("raw", mode="after")
    @classmethod
    def _is_a_folder_or_an_address(cls, value: Path | str) -> Path | str:
        if isinstance(value, Path) or not _SCHEME.match(value):
            return Path(value)
        StorageAddress.parse(value)
        return value

    @field_validator("warehouse", mode="before")
    @classmethod
    def _is_a_folder(cls, value: Any) -> Any:
        if _SCHEME.match(str(value)):
            raise ValueError("a warehouse is a folder of a file system; object storage can hold the delivered files alone (raw)")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, variables, census.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def memory_bytes(self) -> int:
        """The memory limit in bytes."""
        return _bytes(self.memory_limit)

    @property
    def worker_memory_bytes(self) -> int:
        """The memory of each worker of a cluster in bytes."""
        return _bytes(self.worker_memory)

    def absolute(self) -> Self:
        """The same for a process with another working directory: raw folder and warehouse as absolute paths."""
        raw = self.raw.absolute() if isinstance(self.raw, Path) else self.raw
        return self.model_copy(update={"raw": raw, "warehouse": self.warehouse.absolute()})

    def that_matter(self) -> dict[str, str]:
        """The settings that change what is published (files of rules and reference are compared by content)."""
        return {
            "quarantine_limit": str(self.quarantine_limit),
            "orphans_limit": str(self.orphans_limit),
            "future_days": str(self.future_days),
            "lead_rulebook": self.lead_rulebook,
        }


def _bytes(size: str) -> int:
    number, unit = _SIZE.fullmatch(size).groups()  # type: ignore[union-attr]
    return int(Decimal(number) * (1024 if "i" in unit else 1000) ** ("KMGT".index(unit[0]) + 1))


def load_settings(**flags: Any) -> Settings:
    """The settings of a command; flags that are None are not given. Raises SettingsError."""
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"wrong setting: {wrong}. See `census run --help` and README, Settings.") from error
    except ValueError as error:  # census.toml is no TOML
        raise SettingsError(f"census.toml: {error}") from error
