"""OpenLineage: a run as events START, and COMPLETE or FAIL; the files that came are its inputs, the published tables its outputs.

Where OPENLINEAGE_URL, OPENLINEAGE_CONFIG or an openlineage.yml says so, they go there; else to `lineage/events.jsonl` of the
warehouse. Needs the package openlineage-python (the extra `lineage`).
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import error_message_run, schema_dataset
from openlineage.client.transport.file import FileConfig, FileTransport
from openlineage.client.uuid import generate_new_uuid

from flows import __version__
from flows.ledger import raw_folder
from flows.rules import read_rules
from flows.schema import SQL_TYPES, Column, tables_under
from flows.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.census import Outcome

_PRODUCER = f"https://pypi.org/project/taobao-village-census/{__version__}"


class LineageRun:
    """A run of the census, told as it begins."""

    def __init__(self, settings: Settings, started: datetime) -> None:
        self._settings = settings
        self._client = _client(settings.warehouse)
        self._run = str(generate_new_uuid(started))
        self._emit(RunState.START, started)

    def end(self, outcome: Outcome | None, error: BaseException | None) -> None:
        """Tells what it took in and published, where there was anything new; or why it did not publish."""
        if outcome is None:
            message = f"{type(error).__name__}: {error}"
            facet = error_message_run.ErrorMessageRunFacet(message=message, programmingLanguage="python")
            self._emit(RunState.FAIL, datetime.now(UTC), facets={"errorMessage": facet})
            return
        came = (*outcome.changes.arrived, *outcome.changes.corrected)
        raw = raw_folder(self._settings.raw)
        inputs = [InputDataset(*raw.dataset(path)) for path in came]
        self._emit(RunState.COMPLETE, datetime.now(UTC), inputs, self._tables() if outcome.published else ())

    def _tables(self) -> list[OutputDataset]:
        current = (self._settings.warehouse / "current").absolute()
        rules = read_rules(self._settings.rulebooks, self._settings.calendar)
        return [
            OutputDataset(
                "file",
                str(current / (table.name if table.by_year else f"{table.name}.parquet")),
                facets={"schema": schema_dataset.SchemaDatasetFacet(fields=[*map(_field, table.columns)])},
            )
            for table in tables_under(book.name for book in rules.rulebooks).values()
        ]

    def _emit(
        self,
        state: RunState,
        at: datetime,
        inputs: Iterable[InputDataset] = (),
        outputs: Iterable[OutputDataset] = (),
        facets: dict[str, error_message_run.ErrorMessageRunFacet] | None = None,
    ) -> None:
        run, job = Run(self._run, dict(facets or {})), Job(f"file://{self._settings.warehouse.absolute()}", "census")
        self._client.emit(
            RunEvent(
                eventTime=at.isoformat(),
                producer=_PRODUCER,
                run=run,
                job=job,
                eventType=state,
                inputs=list(inputs),
                outputs=list(outputs),
            )
        )


def _field(column: Column) -> schema_dataset.SchemaDatasetFacetFields:
    return schema_dataset.SchemaDatasetFacetFields(column.name, SQL_TYPES[column.type], column.description)


def _client(warehouse: Path) -> OpenLineageClient:
    if any(name.startswith("OPENLINEAGE_") for name in os.environ) or Path("openlineage.yml").exists():
        return OpenLineageClient()
    path = warehouse / "lineage" / "events.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    return OpenLineageClient(transport=FileTransport(FileConfig(log_file_path=str(path), append=True)))
